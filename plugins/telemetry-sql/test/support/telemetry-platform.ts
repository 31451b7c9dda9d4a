import { dirname } from 'node:path';
import { AgentRuntime, defaultTenant } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import {
  askApi,
  bootTestKernel,
  sampleOffering,
  sampleTools,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import type { FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(dirname(import.meta.dirname));
const base = { description: 'Of this test.', instructions: 'Help.', model: 'test/small' } as const;
const tools = [...sampleTools];
const agents = [
  { ...base, name: 'guide', tools },
  { ...base, name: 'careful', tools, approvals: { look: 'always' } },
  {
    ...base,
    name: 'guarded',
    guardrails: [{ use: 'keywords', stages: ['input'], settings: { words: ['lantern'] } }],
  },
];

/** Boots a platform that counts; `dataDir` of another makes it a second process of the same. */
export function bootTelemetry(storage: FreshStorage, dataDir?: string): Promise<TestKernel> {
  return bootTestKernel({
    baseDir: folder,
    ...(dataDir !== undefined && { dataDir }),
    plugins: [
      storage.plugin,
      '@agent-factory/plugin-journal-sql',
      '@agent-factory/plugin-guardrails-builtin',
      sampleOffering,
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
  const [status, body] = await askApi(kernel, 'GET', `telemetry/${path}`);
  const { rows = [], ...rest } = body as { rows?: readonly Row[]; code?: string }; // as its schema says
  return { status, rows, ...(rest.code !== undefined && { code: rest.code }) };
}
