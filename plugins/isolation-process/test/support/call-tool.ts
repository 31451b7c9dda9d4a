import type { Json, JsonObject } from '@agent-factory/sdk';
import { Tool, type ToolCallContext } from '@agent-factory/sdk/contracts';
import { silentLog, type TestKernel } from '@agent-factory/sdk/testing';

/** Calls a tool by its name. */
export async function callTool(
  kernel: Pick<TestKernel, 'all'>,
  name: string,
  input: JsonObject = {},
  context: Partial<ToolCallContext> = {},
): Promise<Json> {
  const found = kernel.all(Tool).find(({ value }) => value.name === name)?.value;
  if (!found) throw new Error(`there is no tool ${name}`);
  const signal = new AbortController().signal;
  const whole = { signal, runId: 'run-1', tenant: 'default', idempotencyKey: 'key-1', log: silentLog };
  return found.run(input, { ...whole, ...context });
}
