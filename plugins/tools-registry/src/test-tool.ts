import { randomUUID } from 'node:crypto';
import {
  isAgentFactoryError,
  unlessAborted,
  type Json,
  type Logger,
  type PluginContext,
  type ValidationProblem,
} from '@agent-factory/sdk';
import type { TestRequest, Tool } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';

/** What {@link testTool} needs. */
export interface TestToolOptions extends TestRequest {
  readonly found: Tool;
  readonly tenant: string;
  readonly validator: PluginContext['validator'];
  readonly log: Logger;
}

/** Calls a tool once, as a run would, and holds input and result against its schemas. */
export async function testTool(options: TestToolOptions): Promise<{ output: Json; durationMs: number }> {
  const { found, tool, input, confirm = false, tenant, validator, log, signal } = options;
  const wrong = validator(found.input)(input);
  if (wrong.length > 0) throw errors.AF_TOOLS_REGISTRY_TEST_INPUT({ tool, problems: listed(wrong) });
  const { effect, timeoutMs: ms = 30_000 } = found;
  if (effect.endsWith('write') && !confirm) throw errors.AF_TOOLS_REGISTRY_TEST_WRITES({ tool, effect });
  const id = `test-${randomUUID()}`;
  const deadline = AbortSignal.timeout(ms);
  const both = AbortSignal.any([signal, deadline]);
  const since = performance.now();
  const call = found.run(input, { signal: both, runId: id, tenant, idempotencyKey: `${id}:1`, log });
  const output = await unlessAborted(call, both).catch((error: unknown) => {
    signal.throwIfAborted();
    if (isAgentFactoryError(error)) throw error;
    if (deadline.aborted) throw errors.AF_TOOLS_REGISTRY_TEST_TIMEOUT({ tool, ms });
    const reason = error instanceof Error ? error.message : String(error);
    throw errors.AF_TOOLS_REGISTRY_TEST_FAILED({ tool, reason }, { cause: error });
  });
  const problems = found.output ? validator(found.output)(output) : [];
  if (problems.length > 0) throw errors.AF_TOOLS_REGISTRY_TEST_OUTPUT({ tool, problems: listed(problems) });
  return { output, durationMs: Math.round(performance.now() - since) };
}

function listed(problems: readonly ValidationProblem[]): string {
  return problems
    .slice(0, 10)
    .map(({ path, message, fix }) => `${path || 'it'} ${message}${fix === undefined ? '' : ` (${fix})`}`)
    .join('; ');
}
