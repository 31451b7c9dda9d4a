import { errors } from '../errors.ts';
import { approvalIdOf, checkGuardrails } from '../guard/check-guardrails.ts';
import { failureOf } from '../run/failure.ts';
import type { RunScope } from '../run/run-scope.ts';
import { askPerson } from './ask-person.ts';
import { finish, refuse } from './call-end.ts';
import type { CallEnd, CallWish } from './call-wish.ts';
import type { CallResult } from './run-tool.ts';

/** Ends a call with its result as guardrails let it through. */
export async function finishChecked(
  scope: RunScope,
  wish: CallWish,
  outcome: CallResult,
  durationMs: number,
): Promise<CallEnd> {
  const { guardrails, agent, turn, tool, callId } = wish;
  if ('error' in outcome || !guardrails?.length) return finish(scope, wish, outcome, durationMs);
  const stage = 'toolResult' as const;
  try {
    const end = await checkGuardrails(scope, guardrails, {
      stage,
      value: outcome.output,
      agent,
      turn,
      tool,
      callId,
    });
    if ('waits' in end) return end;
    if (end.value === outcome.output) return finish(scope, wish, outcome, durationMs);
    return finish(scope, wish, { output: end.value, written: JSON.stringify(end.value) }, durationMs);
  } catch (error) {
    scope.check();
    const failure = failureOf(error, (reason) => errors.AF_TOOL_FAILED({ tool, reason }, { cause: error }));
    return finish(scope, wish, { error: failure }, durationMs);
  }
}

/** A call whose result was held back: how it ends, or that its answer is still waited for. */
export function settleWithheld(scope: RunScope, wish: CallWish): CallEnd {
  const { callId, tool, turn } = wish;
  const held = scope.progress.withheld.get(callId);
  if (!held) return undefined;
  const approvalId = approvalIdOf(held.guardrail, { stage: 'toolResult', turn, callId });
  const asked = scope.progress.approvals.get(approvalId)?.asked;
  const answer = askPerson(
    scope,
    asked ?? { approvalId, callId, tool, prompt: `May the result of "${tool}" go on?` },
  );
  if ('waits' in answer) return answer;
  if (answer.outcome === 'approved') {
    return finish(scope, wish, { output: held.value, written: JSON.stringify(held.value) }, 0);
  }
  return refuse(scope, wish, errors.AF_TOOL_REJECTED({ tool, who: answer.by ?? 'A person', why: '' }));
}
