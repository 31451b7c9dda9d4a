import type { JsonObject } from '@agent-factory/sdk';
import type { CallerTool, RunWait } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import type { RunScope } from '../run/run-scope.ts';
import { refuse } from './call-end.ts';
import type { CallEnd, CallWish } from './call-wish.ts';
import { finishChecked } from './checked-result.ts';
import type { ToolEntry } from './tool-set.ts';

/** A tool of whoever runs an agent, as an entry beside the platform's own. It is theirs to check what it is given. */
export function callersEntry({ name, description, input }: CallerTool): ToolEntry {
  return {
    tool: {
      name,
      description,
      input,
      effect: 'write',
      run: () => Promise.reject(errors.AF_TOOL_UNKNOWN({ tool: name, known: 'none' })), // makeCalls never calls it
    },
    isCallers: true,
    checkInput: () => [],
    checkOutput: undefined,
    offer: { name, description, input },
  };
}

/** A call of the caller's tool that they were asked to make: how it ended, or that they have not said yet. */
export async function settleCallers(scope: RunScope, wish: CallWish): Promise<CallEnd> {
  const { callId, tool } = wish;
  const { asked, resolved } = scope.progress.decisions.get(callId) ?? {};
  if (!asked) return undefined;
  if (!resolved) return { waits: { kind: 'decision', ...asked } };
  // Whether it is to be made again is the caller's to decide, before they say what came of it.
  if (resolved.outcome !== 'done') return refuse(scope, wish, errors.AF_TOOL_OUTCOME_UNKNOWN({ tool }));
  const { output = null } = resolved;
  return finishChecked(scope, wish, { output, written: JSON.stringify(output) }, 0);
}

/** Asks the caller to make a call. */
export function askCaller(scope: RunScope, { callId, tool, path }: CallWish, input: JsonObject): RunWait {
  const detail = `"${tool}" is a tool of whoever runs this agent: it is called there, and the run told what came of it.`;
  const asked = { callId, tool, ...(path !== undefined && { path }), detail, input };
  scope.emit('decision.requested', asked);
  return { kind: 'decision', ...asked };
}
