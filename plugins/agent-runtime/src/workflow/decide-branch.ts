import type { ChoiceDecision } from '@agent-factory/sdk/contracts';
import type { ReadyChoice } from '../condition/condition-compiler.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import type { NewEvent } from '../run/run-input.ts';

/** What follows from a branch: its way, or that there is none. */
export async function choiceEvents(
  { evaluator }: Pick<ReadyChoice, 'evaluator'>,
  path: string,
  decide: () => ChoiceDecision | Promise<ChoiceDecision>,
): Promise<readonly NewEvent[]> {
  let decision: ChoiceDecision;
  try {
    decision = await decide();
  } catch (error) {
    const failure = failureOf(error, (reason) => errors.AF_WORKFLOW_STEP_FAILED({ step: path, reason }));
    return [{ type: 'step.finished', data: { path, error: failure, durationMs: 0 } }];
  }
  const { chosen, saw, confidence, reason } = decision;
  const data = {
    path,
    target: chosen,
    evaluator,
    value: chosen,
    saw,
    ...(confidence !== undefined && { confidence }),
    ...(reason !== undefined && { reason }),
  };
  return [{ type: 'route.decided', data }, endOfBranch(path, chosen)];
}

/** The end of a branch whose way was decided. */
export function endOfBranch(path: string, target: string | null): NewEvent {
  if (target !== null) return { type: 'step.finished', data: { path, output: null, durationMs: 0 } };
  const error = errors.AF_WORKFLOW_NO_WAY({ step: path });
  return { type: 'step.finished', data: { path, error: failureOf(error, () => error), durationMs: 0 } };
}
