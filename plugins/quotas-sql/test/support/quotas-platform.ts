import { dirname } from 'node:path';
import { definePlugin, type InMemoryPlugin, type JsonObject, type PlatformRole } from '@agent-factory/sdk';
import {
  AgentRuntime,
  Authenticator,
  HttpServer,
  LanguageModel,
  ModelPrices,
  Tool,
} from '@agent-factory/sdk/contracts';
import { textOf, type Run } from '@agent-factory/sdk/domain';
import { bootTestKernel, functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import type { FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(dirname(import.meta.dirname));
const base = { description: 'Of this test.', instructions: 'Help.' } as const;
const agents = [
  { ...base, name: 'guide', model: 'test/priced', tools: ['look'] },
  { ...base, name: 'careful', model: 'test/priced', tools: ['look'], approvals: { look: 'always' } },
  { ...base, name: 'cheap', model: ['test/free', 'test/priced'] },
  { ...base, name: 'unpriced', model: 'test/free' },
];

/** Models that wait for others to end. */
const gates = new Map<string, PromiseWithResolvers<void>>();

/** Lets the run with this input, `hold …`, go on. */
export function open(input: string): void {
  gateOf(input).resolve();
}

function gateOf(input: string): PromiseWithResolvers<void> {
  const gate = gates.get(input) ?? Promise.withResolvers<void>();
  gates.set(input, gate);
  return gate;
}

const offering: InMemoryPlugin = {
  manifest: {
    id: 'offering',
    name: 'offering',
    version: '1.0.0',
    kernel: '^0.1.0',
    contributes: { 'language-model': '1.0.0', tool: '1.0.0' },
    provides: { 'model-prices': '1.0.0' },
  },
  plugin: definePlugin({
    setup(ctx) {
      ctx.contribute(
        LanguageModel,
        functionModel('test', async ({ messages }) => {
          const last = messages.at(-1);
          const said = last ? textOf(last) : '';
          if (said.startsWith('hold')) await gateOf(said).promise;
          return said === 'look' ? [{ id: 'c', name: 'look', input: {} }] : said;
        }),
      );
      ctx.contribute(Tool, {
        name: 'look',
        description: 'Looks.',
        input: { type: 'object' },
        effect: 'read',
        run: async () => 'seen',
      });
      // A tenth of a dollar for each call that used something.
      ctx.provide(ModelPrices, {
        priceOf: async ({ model, usage }) =>
          model === 'priced'
            ? { nanoUsd: usage.inputTokens > 0 ? 100_000_000 : 0, since: '2026-01-01' }
            : undefined,
      });
    },
  }),
};

/** Whoever names a tenant is a member of it. */
export const members: InMemoryPlugin = {
  manifest: {
    id: 'members',
    name: 'members',
    version: '1.0.0',
    kernel: '^0.1.0',
    contributes: { authenticator: '1.0.0' },
  },
  plugin: definePlugin({
    setup(ctx) {
      ctx.contribute(Authenticator, {
        scheme: 'member',
        security: { type: 'apiKey', in: 'header', name: 'x-tenant' },
        authenticate: async ({ tenant }) =>
          tenant === undefined ? undefined : { id: `of-${tenant}`, tenant, kind: 'user', permissions: ['*'] },
      });
    },
  }),
};

/** Boots a platform with quotas; `dataDir` of another makes it a second process of the same. */
export function bootQuotas(
  storage: FreshStorage,
  {
    dataDir,
    limits = {},
    more = [],
    role = 'all',
  }: {
    readonly dataDir?: string;
    readonly limits?: JsonObject;
    readonly more?: readonly InMemoryPlugin[];
    readonly role?: PlatformRole;
  } = {},
): Promise<TestKernel> {
  return bootTestKernel({
    baseDir: folder,
    role,
    ...(dataDir !== undefined && { dataDir }),
    plugins: [
      storage.plugin,
      '@agent-factory/plugin-journal-sql',
      '@agent-factory/plugin-artifacts-fs',
      offering,
      ...more,
      ...(role === 'api' ? ['@agent-factory/plugin-jobs-local'] : []),
      { use: '@agent-factory/plugin-agent-runtime', config: { agentsDir: 'none', agents, recover: false } },
      { use: folder, config: { limits } },
      { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
    ],
  });
}

/** Starts a run. */
export function start(kernel: TestKernel, tenant: string, input: string, agent = 'guide'): Promise<Run> {
  return kernel.use(AgentRuntime).tenant(tenant).start({ agent, input });
}

/** Runs an agent to its end. */
export async function finish(kernel: TestKernel, tenant: string, run: Run): Promise<Run> {
  return kernel.use(AgentRuntime).tenant(tenant).wait(run.id);
}

/** Asks the API. */
export async function ask(
  kernel: TestKernel,
  method: string,
  path: string,
  body?: unknown,
  tenant?: string,
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: JsonObject }> {
  const answer = await fetch(`${kernel.use(HttpServer).url()}/api/v1/${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(tenant !== undefined && { 'x-tenant': tenant }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as JsonObject }; // an object
}
