import { dirname } from 'node:path';
import type { InMemoryPlugin, JsonObject, PlatformRole } from '@agent-factory/sdk';
import { AgentRuntime, LanguageModel, ModelPrices, Tool } from '@agent-factory/sdk/contracts';
import { textOf, type Run } from '@agent-factory/sdk/domain';
import {
  bootTestKernel,
  functionModel,
  testPlugin,
  testTool,
  type TestKernel,
} from '@agent-factory/sdk/testing';
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

const offering = testPlugin('offering', [LanguageModel, Tool, ModelPrices], (ctx) => {
  ctx.contribute(
    LanguageModel,
    functionModel('test', async ({ messages }) => {
      const last = messages.at(-1);
      const said = last ? textOf(last) : '';
      if (said.startsWith('hold')) await gateOf(said).promise;
      return said === 'look' ? [{ id: 'c', name: 'look', input: {} }] : said;
    }),
  );
  ctx.contribute(
    Tool,
    testTool('look', async () => 'seen'),
  );
  // A tenth of a dollar for each call that used something.
  ctx.provide(ModelPrices, {
    priceOf: async ({ model, usage }) =>
      model === 'priced'
        ? { nanoUsd: usage.inputTokens > 0 ? 100_000_000 : 0, since: '2026-01-01' }
        : undefined,
  });
});

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
