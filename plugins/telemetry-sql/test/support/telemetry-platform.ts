import { dirname } from 'node:path';
import { definePlugin, type InMemoryPlugin } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, HttpServer, LanguageModel, Tool } from '@agent-factory/sdk/contracts';
import { textOf, type Run } from '@agent-factory/sdk/domain';
import { bootTestKernel, functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import type { FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(dirname(import.meta.dirname));
const base = { description: 'Of this test.', instructions: 'Help.', model: 'test/small' } as const;
const tools = ['look', 'stumble'];
const agents = [
  { ...base, name: 'guide', tools },
  { ...base, name: 'careful', tools, approvals: { look: 'always' } },
  {
    ...base,
    name: 'guarded',
    guardrails: [{ use: 'keywords', stages: ['input'], settings: { words: ['lantern'] } }],
  },
];

/** A model that calls the tool of its first word, or fails, or says what it heard. */
const offering: InMemoryPlugin = {
  manifest: {
    id: 'offering',
    name: 'offering',
    version: '1.0.0',
    kernel: '^0.1.0',
    contributes: { 'language-model': '1.0.0', tool: '1.0.0' },
  },
  plugin: definePlugin({
    setup(ctx) {
      ctx.contribute(
        LanguageModel,
        functionModel('test', ({ messages }) => {
          const last = messages.at(-1);
          const said = last ? textOf(last) : '';
          if (last?.role !== 'user') return `It was ${said}.`;
          if (said === 'fail') throw new Error('it fell over');
          return tools.includes(said) ? [{ id: 'c', name: said, input: {} }] : said;
        }),
      );
      const shared = { description: 'Of this test.', input: { type: 'object' }, effect: 'read' } as const;
      ctx.contribute(Tool, { ...shared, name: 'look', run: async () => 'seen' });
      ctx.contribute(Tool, {
        ...shared,
        name: 'stumble',
        run: async () => {
          throw new Error('it stumbled');
        },
      });
    },
  }),
};

/** Boots a platform that counts; `dataDir` of another makes it a second process of the same. */
export function bootTelemetry(storage: FreshStorage, dataDir?: string): Promise<TestKernel> {
  return bootTestKernel({
    baseDir: folder,
    ...(dataDir !== undefined && { dataDir }),
    plugins: [
      storage.plugin,
      '@agent-factory/plugin-journal-sql',
      '@agent-factory/plugin-guardrails-builtin',
      offering,
      { use: '@agent-factory/plugin-agent-runtime', config: { agentsDir: 'none', agents } },
      folder,
      { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
    ],
  });
}

/** Runs an agent until it ends or waits. */
export async function runAgent(
  kernel: TestKernel,
  agent: string,
  input: string,
  tenant = defaultTenant,
): Promise<Run> {
  const runs = kernel.use(AgentRuntime).tenant(tenant);
  return runs.wait((await runs.start({ agent, input })).id);
}

/** A row, as the route gives it. */
export interface Row {
  readonly at?: number;
  readonly name?: string;
  readonly source?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly tenant?: string;
  readonly kind?: string;
  readonly count: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly durations?: { readonly meanMs: number; readonly buckets: readonly { readonly count: number }[] };
}

/** Asks a route of telemetry. */
export async function askTelemetry(
  kernel: TestKernel,
  path: string,
): Promise<{ readonly status: number; readonly rows: readonly Row[]; readonly code?: string }> {
  const answer = await fetch(`${kernel.use(HttpServer).url()}/api/v1/telemetry/${path}`);
  const body = (await answer.json()) as { rows?: readonly Row[]; code?: string }; // as its schema says
  return {
    status: answer.status,
    rows: body.rows ?? [],
    ...(body.code !== undefined && { code: body.code }),
  };
}
