import type { JsonObject, ValidationProblem } from '@agent-factory/sdk';
import type { RunFailure, RunWait } from '@agent-factory/sdk/domain';
import { checkGuardrails } from '../guard/check-guardrails.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import type { RunScope } from '../run/run-scope.ts';
import { approveCall } from './approve-call.ts';
import type { CallWish, ChildTarget } from './call-wish.ts';
import { listed } from './problem-list.ts';
import type { ToolEntry } from './tool-set.ts';

const maxShownChars = 500;

/** A call of a tool that can be made. */
export interface ReadyCall {
  readonly wish: CallWish;
  readonly entry: ToolEntry;
  readonly input: JsonObject;
}

/** A call that a run answers. */
export interface ReadyChild {
  readonly wish: CallWish;
  readonly child: ChildTarget;
  readonly input: JsonObject;
}

/** A call that can be made, or why it cannot. */
export type PreparedCall =
  | ReadyCall
  | ReadyChild
  | { readonly wish: CallWish; readonly waits: RunWait }
  | { readonly wish: CallWish; readonly refused: RunFailure };

/** Checks what was asked for, and lets plugins change or refuse it. */
export async function prepareCall(scope: RunScope, wish: CallWish): Promise<PreparedCall> {
  const { tool, entry, input: asked, malformed, agent, known, child } = wish;
  try {
    if (!entry && !child) throw errors.AF_TOOL_UNKNOWN({ tool, known: known.join(', ') || 'none' });
    if (malformed !== undefined) {
      throw errors.AF_TOOL_INPUT_MALFORMED({ tool, text: malformed.slice(0, maxShownChars) });
    }
    if (child) {
      checkInput(tool, child.check(asked));
      return { wish, child, input: asked };
    }
    if (!entry) throw new Error('neither a tool nor a run'); // as was just found
    checkInput(tool, entry.checkInput(asked));
    const runId = scope.progress.run.id;
    const changed = await scope.guard(
      scope.effects.prepareTool({ runId, agent, tool, input: asked }, wish.callId),
    );
    const allowed = await allowCall(scope, wish, changed);
    if ('waits' in allowed) return { wish, waits: allowed.waits };
    const { input } = allowed;
    if (input !== asked) checkInput(tool, entry.checkInput(input));
    return { wish, entry, input };
  } catch (error) {
    scope.check();
    const refused = failureOf(error, (reason) => errors.AF_TOOL_FAILED({ tool, reason }, { cause: error }));
    return { wish, refused };
  }
}

/** What guardrails and people say of a call. */
async function allowCall(
  scope: RunScope,
  wish: CallWish,
  input: JsonObject,
): Promise<{ readonly input: JsonObject } | { readonly waits: RunWait }> {
  const { approval, guardrails, callId, tool, agent, path, turn } = wish;
  let current = input;
  if (guardrails && guardrails.length > 0) {
    const stage = 'toolCall' as const;
    const end = await checkGuardrails(scope, guardrails, { stage, value: input, agent, turn, tool, callId });
    if ('waits' in end) return end;
    current = end.value as JsonObject; // a redacted value keeps its shape
  }
  if (!approval) return { input: current };
  return approveCall(scope, { approval, callId, tool, agent, path, input: current });
}

function checkInput(tool: string, problems: readonly ValidationProblem[]): void {
  if (problems.length > 0) throw errors.AF_TOOL_INPUT_INVALID({ tool, problems: listed(problems) });
}
