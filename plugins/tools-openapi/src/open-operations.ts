import type { OpenTools } from '@agent-factory/sdk/contracts';
import { operationTool, type CallParts } from './operation-tool.ts';
import type { Operation } from './operation.ts';

/** The tools of a registration; they never change by themselves. */
export function openOperations(operations: readonly Operation[], parts: CallParts): OpenTools {
  const closed = new AbortController();
  const tools = operations.map((operation) => operationTool(operation, parts, closed.signal));
  return {
    tools: async () => tools,
    onChange: () => () => {},
    close: async () => closed.abort(new Error('the registration of the tool was closed')),
  };
}
