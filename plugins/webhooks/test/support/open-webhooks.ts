import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InMemoryPlugin, PlatformRole } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  LanguageModel,
  TenantStorage,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { textOf } from '@agent-factory/sdk/domain';
import {
  askApi,
  bootTestKernel,
  functionModel,
  testPlugin,
  trustingPlugin,
  type ApiAnswer,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const plugins = dirname(dirname(dirname(import.meta.dirname)));

/** Folder of a plugin of ours. */
const at = (name: string): string => join(plugins, name);

/** A process on the database of a test. */
export interface WebhookProcess {
  readonly kernel: TestKernel;
  /** Those of a tenant, the default one where none is named. */
  runs(tenant?: string): TenantRuntime;
  /** Asks the API as somebody who may do this, or everything, in a tenant. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    who?: { tenant?: string; may?: string },
  ): Promise<ApiAnswer>;
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
      trustingPlugin,
      {
        use: at('webhooks'),
        config: { keySecret: '${secret:env:KEY_SECRET}', lookMs: 3_600_000, ...reach, ...config },
      },
      { use: at('http-api'), config: { port: 0, rateLimits: [] } },
      ...more,
    ],
  });
  return {
    kernel,
    runs: (tenant = defaultTenant) => kernel.use(AgentRuntime).tenant(tenant),
    ask: (method, path, body, { tenant = defaultTenant, may = '*' } = {}) =>
      askApi(kernel, method, path.slice(1), { body, headers: { 'x-tenant': tenant, authorization: may } }),
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
const own = testPlugin('own', [LanguageModel], (ctx) =>
  ctx.contribute(
    LanguageModel,
    functionModel('test', ({ messages }) => {
      const said = messages.findLast(({ role }) => role === 'user');
      const text = said ? textOf(said) : '';
      if (text.includes('fail')) throw new Error('the model is out of order');
      return `You said: ${text}`;
    }),
  ),
);

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
