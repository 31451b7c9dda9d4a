import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InMemoryPlugin, PlatformRole } from '@agent-factory/sdk';
import {
  AgentRuntime,
  Authenticator,
  defaultTenant,
  HttpServer,
  LanguageModel,
  TenantStorage,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { bootTestKernel, functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const plugins = dirname(dirname(dirname(import.meta.dirname)));

/** Folder of a plugin of ours. */
const at = (name: string): string => join(plugins, name);

/** What a request to the API gave. */
type Told = readonly [status: number, body: Record<string, unknown>];

/** A process on the database of a test. */
export interface WebhookProcess {
  readonly kernel: TestKernel;
  /** Those of a tenant, the default one where none is named. */
  runs(tenant?: string): TenantRuntime;
  /** Asks the API as somebody who may do this, or everything, in a tenant. */
  ask(method: string, path: string, body?: unknown, who?: { tenant?: string; may?: string }): Promise<Told>;
}

/** A database, and processes on it. */
export interface WebhookPlatform {
  readonly storage: FreshStorage['plugin'];
  readonly dataDir: string;
  boot(options?: BootOptions): Promise<WebhookProcess>;
  close(): Promise<void>;
}

/** What is booted beside the usual. */
export interface BootOptions {
  /** Of the plugin webhooks. */
  readonly config?: object;
  readonly more?: readonly InMemoryPlugin[];
  readonly role?: PlatformRole;
}

/** What receivers of these tests are reached by: they are on the loopback, without https. */
const reach = { allowHttp: true, allowHosts: ['127.0.0.1'] };

/** Boots a process on a storage. */
async function bootWebhooks(
  storage: FreshStorage['plugin'],
  dataDir: string,
  { config = {}, more = [], role }: BootOptions = {},
): Promise<WebhookProcess> {
  const keySecret = 'a secret of at least thirty-two characters';
  const kernel = await bootTestKernel({
    baseDir: dataDir,
    dataDir,
    ...(role && { role }),
    env: { KEY_SECRET: keySecret },
    plugins: [
      storage,
      at('journal-sql'),
      at('jobs-local'),
      at('routing-expression'),
      { use: at('agent-runtime'), config: { execute: 'here', leaseMs: 1_000 } },
      at('audit-sql'),
      own,
      trusting,
      {
        use: at('webhooks'),
        config: { keySecret: '${secret:env:KEY_SECRET}', lookMs: 3_600_000, ...reach, ...config },
      },
      { use: at('http-api'), config: { port: 0, rateLimits: [] } },
      ...more,
    ],
  });
  const url = `${kernel.use(HttpServer).url() ?? ''}/api/v1`;
  return {
    kernel,
    runs: (tenant = defaultTenant) => kernel.use(AgentRuntime).tenant(tenant),
    async ask(method, path, body, { tenant = defaultTenant, may = '*' } = {}) {
      const answer = await fetch(url + path, {
        method,
        headers: {
          authorization: `${tenant} ${may}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return [answer.status, Object(await answer.json())];
    },
  };
}

/** Opens one on an engine of {@link sqlEngines}; on what another process opened, where that is given. */
export async function openWebhooks(
  engine = 'SQLite',
  given?: Pick<WebhookPlatform, 'storage' | 'dataDir'>,
): Promise<WebhookPlatform> {
  const dataDir = given?.dataDir ?? (await mkdtemp(join(tmpdir(), 'agent-factory-webhooks-')));
  const storage = given ? { plugin: given.storage, close: async () => {} } : await sqlEngines[engine]?.();
  if (!storage) throw new Error(`no engine ${engine}`);
  const kernels: TestKernel[] = [];
  return {
    storage: storage.plugin,
    dataDir,
    async boot(options) {
      const booted = await bootWebhooks(storage.plugin, dataDir, options);
      kernels.push(booted.kernel);
      return booted;
    },
    async close() {
      for (const kernel of kernels) await kernel.close();
      await storage.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Says what it was told, and fails when it is told to. */
const own: InMemoryPlugin = {
  manifest: {
    id: 'own',
    name: 'own',
    version: '1.0.0',
    kernel: '*',
    contributes: { 'language-model': '1.1.0' },
  },
  plugin: {
    setup(ctx) {
      const model = functionModel('test', ({ messages }) => {
        const said = messages.findLast(({ role }) => role === 'user')?.content;
        const text = typeof said === 'string' ? said : '';
        if (text.includes('fail')) throw new Error('the model is out of order');
        return `You said: ${text}`;
      });
      ctx.contribute(LanguageModel, model);
    },
  },
};

/** Whoever says which tenant they are of, and what they may do, may do it. */
const trusting: InMemoryPlugin = {
  manifest: {
    id: 'trusting',
    name: 'trusting',
    version: '1.0.0',
    kernel: '*',
    contributes: { authenticator: '1.0.0' },
  },
  plugin: {
    setup: (ctx) =>
      ctx.contribute(Authenticator, {
        scheme: 'may',
        security: { type: 'apiKey', in: 'header', name: 'authorization' },
        authenticate: async ({ authorization = '' }) => {
          const [tenant = defaultTenant, may = ''] = authorization.split(' ');
          return { id: 'ada', tenant, kind: 'user', permissions: may.split(',') };
        },
      }),
  },
};

/** Makes tenants, and what is run in them. */
export async function defineTargets(
  { kernel, runs }: WebhookProcess,
  tenants: readonly string[] = [defaultTenant],
): Promise<void> {
  for (const tenant of tenants) {
    await kernel.use(TenantStorage).create(tenant);
    const { definitions } = runs(tenant);
    await definitions.put('agent', { name: 'guide', instructions: 'Answer.', model: 'test/any' });
    await definitions.put('workflow', {
      name: 'pay',
      version: '1.0.0',
      start: 'ask',
      nodes: [
        { id: 'ask', type: 'approval', prompt: 'Pay the secret sum?' },
        { id: 'say', type: 'agent', agent: 'guide', input: { message: '"paid"' } },
      ],
      edges: [{ from: 'ask', to: 'say' }],
    });
    await definitions.put('workflow', {
      name: 'nap',
      version: '1.0.0',
      start: 'wait',
      nodes: [{ id: 'wait', type: 'wait', forMs: 3_600_000 }],
      edges: [],
    });
  }
}
