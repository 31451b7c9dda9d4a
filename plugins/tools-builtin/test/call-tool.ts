import type { Json, JsonObject } from '@agent-factory/sdk';
import type { Tool } from '@agent-factory/sdk/contracts';
import { silentLog } from '@agent-factory/sdk/testing';

/** Calls a tool as a run would. */
export function callTool(
  tool: Tool,
  input: JsonObject,
  signal: AbortSignal = new AbortController().signal,
): Promise<Json> {
  return tool.run(input, {
    signal,
    runId: 'run-1',
    tenant: 'default',
    idempotencyKey: 'run-1:1',
    log: silentLog,
  });
}
