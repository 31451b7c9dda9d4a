import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InMemoryPlugin, JsonObject, PluginEntry } from '@agent-factory/sdk';
import { Accounts, ApiKeys, builtInRoles, HttpServer, TenantStorage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, waitFor, type TestKernel } from '@agent-factory/sdk/testing';
import type { FreshStorage } from '@agent-factory/test-servers';
import { callerOf } from './call-platform.ts';
import { deadCredentials } from './dead-credentials.ts';
import { dumpOf } from './dump-of.ts';
import { readOperations, type Operation } from './operations.ts';

/** A plugin of this repository, as a configuration names it. */
export const plugin = (id: string, config?: JsonObject): PluginEntry => ({
  use: `@agent-factory/plugin-${id}`,
  ...(config && { config }),
});
export const env: Readonly<Record<string, string>> = {
  KEY_SECRET: 'a secret of at least thirty-two characters',
};
const scripts = { matrix: ['Yes.'] };

/** Every plugin that serves routes, and what they need. */
export const plugins: readonly PluginEntry[] = [
  plugin('journal-sql'),
  plugin('llm-scripted', { scripts, loop: true }),
  plugin('agent-runtime', { agentsDir: join(tmpdir(), 'agent-factory-no-agents') }),
  plugin('tools-registry'),
  plugin('artifacts-fs'),
  plugin('blueprints'),
  plugin('evaluations'),
  plugin('vector-sql'),
  plugin('knowledge-vector'),
  plugin('prompt-log'),
  plugin('quotas-sql'),
  plugin('settings-sql'),
  plugin('http-a2a'),
  plugin('http-console'),
  plugin('telemetry-sql'),
  plugin('http-mcp'),
  plugin('http-openai'),
  plugin('metrics-prometheus'),
  plugin('accounts-sql'),
  plugin('audit-sql'),
  plugin('secrets-sql', { keys: [{ id: 'k1', secret: '${secret:env:KEY_SECRET}' }] }),
  plugin('auth-api-key', { keepMs: 0 }),
  plugin('auth-session', { keepMs: 0 }),
  plugin('auth-oidc', { providers: [{ id: 'nobody', issuer: 'http://127.0.0.1:9', clientId: 'x' }] }),
  plugin('jobs-local'),
  plugin('webhooks', { keySecret: '${secret:env:KEY_SECRET}' }),
  plugin('auth-jwt', { keepMs: 0, accessMs: 3_600_000, keySecret: '${secret:env:KEY_SECRET}' }),
];
/** A test asks more often than anybody may. */
export const serving: PluginEntry = plugin('http-api', { port: 0, rateLimits: [] });

/** Stands in everything of the other tenant that only its members may see. */
export const canary = 'CANARY7f3a';

/** The built-in roles, and one that allows nothing. */
export const roles: readonly string[] = [...Object.keys(builtInRoles), 'nothing'];

/** A way to prove who one is. */
export interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  /** The token that goes with changes, where one does. */
  readonly csrf?: string;
}

/** Two tenants with things in them, people in all roles, and their credentials. */
export interface MatrixPlatform {
  readonly kernel: TestKernel;
  readonly operations: readonly Operation[];
  /** By role, in the tenant `acme`. */
  readonly keys: ReadonlyMap<string, Credential>;
  readonly sessions: ReadonlyMap<string, Credential>;
  readonly tokens: ReadonlyMap<string, Credential>;
  /** Keys, sessions and tokens that must not hold, by what is wrong with them. */
  readonly dead: ReadonlyMap<string, Credential>;
  /** A key of an administrator that carries `me:read` alone. */
  readonly scoped: Credential;
  /** What path parameters stand for in each tenant, by the first part of the path behind `/api/v1`. */
  readonly things: Readonly<Record<'acme' | 'globex', Readonly<Record<string, string>>>>;
  call(
    method: string,
    path: string,
    credential?: Credential,
    more?: { readonly body?: unknown; readonly headers?: Record<string, string> },
  ): Promise<Answer>;
  /** The same, asked at another address. */
  at(url: string): MatrixPlatform;
  /** Everything that is kept, but what requests may note: when a key was used, and what the audit log says. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly code: string | undefined;
  readonly headers: Headers;
}

/**
 * Boots it, with what else is wanted, and fills it through the HTTP API as it is; then `server` takes its place, where
 * one is given. What was made before stays in the data folder, and in the storage.
 */
export async function openMatrix(
  storage: FreshStorage,
  { server, more = [] }: { readonly server?: InMemoryPlugin; readonly more?: readonly PluginEntry[] } = {},
): Promise<MatrixPlatform> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-matrix-'));
  const boot = (api: PluginEntry | InMemoryPlugin): Promise<TestKernel> =>
    bootTestKernel({ env, plugins: [storage.plugin, ...plugins, ...more, api], dataDir });
  let kernel = await boot(serving);
  const call = callerOf(() => kernel.use(HttpServer).url() ?? '');
  const people = await populate(kernel, call);
  const things = {
    acme: await seed('acme', people.owners.acme, people.members.acme, call),
    globex: await seed('globex', people.owners.globex, people.members.globex, call),
  };
  if (server) {
    await kernel.close();
    kernel = await boot(server);
  }
  const document = JSON.parse((await call('GET', '/api/v1/openapi.json')).text) as JsonObject; // its own document
  const platform: MatrixPlatform = {
    kernel,
    operations: readOperations(document),
    keys: people.keys,
    sessions: people.sessions,
    tokens: people.tokens,
    dead: people.dead,
    scoped: people.scoped,
    things,
    call,
    at: (url) => ({ ...platform, call: callerOf(() => url) }),
    dump: () => dumpOf(kernel),
    async close() {
      await kernel.close();
      await storage.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return platform;
}

type Call = MatrixPlatform['call'];

async function populate(kernel: TestKernel, call: Call) {
  const [accounts, keys] = [kernel.use(Accounts), kernel.use(ApiKeys)];
  const [owners, members] = [new Map<string, Credential>(), new Map<string, string>()];
  const bearer = (secret: string): Credential => ({ headers: { authorization: `Bearer ${secret}` } });
  const person = async (tenant: string, name: string, wanted: readonly string[]) => {
    const email = `${name}@${tenant}.example`;
    const { id } = await accounts.create({ kind: 'user', name: `${tenant} ${name}`, email });
    await accounts.setMember(tenant, id, { roles: wanted });
    const { key, secret } = await keys.tenant(tenant).create({ account: id, name, by: id });
    return { id, key, credential: bearer(secret) };
  };
  for (const tenant of ['acme', 'globex']) {
    await kernel.use(TenantStorage).create(tenant);
    await accounts.putRole(tenant, { name: 'nothing', description: 'Allows nothing.', permissions: [] });
    owners.set(tenant, (await person(tenant, 'owner', Object.keys(builtInRoles))).credential);
    members.set(
      tenant,
      (await person(tenant, `member-${tenant === 'globex' ? canary : 'x'}`, ['viewer'])).id,
    );
  }
  const owner = (tenant: string): Credential => owners.get(tenant) ?? { headers: {} };
  const login = async (account: string): Promise<Credential> => {
    const invited = await call('POST', `/api/v1/members/${account}/invitation`, owner('acme'));
    const token = (JSON.parse(invited.text) as { readonly url: string }).url.split('#')[1]; // as its schema says
    const body = { token, password: 'correct horse battery staple' };
    const accepted = await call('POST', '/api/v1/auth/accept', undefined, { body });
    const { csrfToken } = JSON.parse(accepted.text) as { readonly csrfToken: string }; // as its schema says
    const cookie = accepted.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    return { headers: { cookie }, csrf: csrfToken };
  };
  const tokenOf = async (credential: Credential): Promise<Credential> => {
    const given = await call('POST', '/api/v1/auth/tokens', credential, { body: {} });
    if (given.status !== 201) throw new Error(`no token: ${given.text}`);
    const { accessToken } = JSON.parse(given.text) as { readonly accessToken: string }; // as its schema says
    return bearer(accessToken);
  };
  const byRole = {
    keys: new Map<string, Credential>(),
    sessions: new Map<string, Credential>(),
    tokens: new Map<string, Credential>(),
  };
  for (const role of roles) {
    const { id, credential } = await person('acme', `a-${role}`, [role]);
    byRole.keys.set(role, credential);
    const session = await login(id);
    byRole.sessions.set(role, session);
    // Who may do nothing gets no token either, but had one before.
    await accounts.setMember('acme', id, { roles: [role, 'viewer'] });
    byRole.tokens.set(role, await tokenOf(session));
    await accounts.setMember('acme', id, { roles: [role] });
  }
  const scopedPerson = await person('acme', 'scoped', ['tenant-admin']);
  const scoped = await keys
    .tenant('acme')
    .create({ account: scopedPerson.id, name: 'scoped', scopes: ['me:read'], by: scopedPerson.id });
  return {
    ...byRole,
    scoped: bearer(scoped.secret),
    dead: await deadCredentials(kernel, { person, login, tokenOf }),
    owners: { acme: owner('acme'), globex: owner('globex') },
    members: { acme: members.get('acme') ?? '', globex: members.get('globex') ?? '' },
  };
}

/** Makes one of everything in a tenant, through the API. */
async function seed(
  tenant: 'acme' | 'globex',
  owner: Credential,
  member: string,
  call: Call,
): Promise<Readonly<Record<string, string>>> {
  const secret = tenant === 'globex' ? canary : 'nothing special';
  const made = async (method: string, path: string, body?: unknown): Promise<JsonObject> => {
    const answer = await call(method, `/api/v1/${path}`, owner, { body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text) as JsonObject; // as every route that makes something answers
  };
  const name = `seed-${tenant}`;
  await made('PUT', `agents/${name}`, { instructions: secret, model: 'scripted/matrix' });
  await made('PUT', `workflows/${name}`, {
    version: '1.0.0',
    description: secret,
    start: 'ask',
    nodes: [{ id: 'ask', type: 'approval', prompt: secret }],
    edges: [],
  });
  await made('PUT', `routers/${name}`, {
    version: '1.0.0',
    description: secret,
    entry: name,
    agents: { [name]: [] },
  });
  await made('PUT', `roles/${name}`, { description: secret, permissions: ['agents:read'] });
  const key = await made('POST', 'keys', { name: secret, scopes: ['me:read'] });
  const run = await made('POST', 'runs?wait=true', { agent: name, input: secret });
  await made('POST', 'evaluation-suites', {
    name,
    version: '1.0.0',
    description: secret,
    target: { kind: 'agent', name },
    cases: [{ name: secret, input: secret }],
  });
  await made('PUT', 'settings/prompt-log.days', { value: 365 });
  await made('PUT', `secrets/${name}`, { value: secret, description: secret });
  const evaluation = await made('POST', 'evaluations', { suite: name });
  // It goes on in the background, and what is kept must change by requests alone from here on.
  await waitFor('the evaluation to end', async () => {
    const { endedAt } = await made('GET', `evaluations/${evaluation['id'] as string}`); // as its schema says
    return endedAt !== undefined;
  });
  const { webhook } = await made('POST', 'webhooks', {
    url: `https://${name}.example/`,
    description: secret,
    events: ['run.failed'], // which none does
  });
  return {
    agents: name,
    workflows: name,
    routers: name,
    blueprints: name,
    'evaluation-suites': name,
    evaluations: evaluation['id'] as string, // as its schema says
    roles: name,
    secrets: name,
    settings: 'prompt-log.days',
    tools: name,
    knowledge: name,
    members: member,
    accounts: member,
    runs: run['id'] as string, // as its schema says
    webhooks: (webhook as { readonly id: string }).id, // as its schema says
    keys: (key['key'] as { readonly id: string }).id, // as its schema says
  };
}
