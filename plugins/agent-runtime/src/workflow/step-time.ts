import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import type { NewEvent } from '../run/run-input.ts';
import { failureAt } from './begin-step.ts';
import type { StepState, WorkflowState } from './workflow-state.ts';

/** When a step has used up its time; `undefined` when it may take any. */
export function endsAt({ node, startedAt }: StepState): number | undefined {
  return node.timeoutMs === undefined ? undefined : startedAt + node.timeoutMs;
}

/** Whether a step has used up its time. */
export function isLate(step: StepState, now: number): boolean {
  return now >= (endsAt(step) ?? Infinity);
}

/** The end of a step that has used up its time. */
export function late({ path, node, startedAt }: StepState, now: number): NewEvent {
  const error = errors.AF_WORKFLOW_STEP_TIMEOUT({ step: path, ms: node.timeoutMs ?? 0 });
  return failureAt(
    path,
    failureOf(error, () => error),
    now - startedAt,
  );
}

/** The next moment at which something happens by itself; `undefined` when nothing does. */
export function nextMoment(state: WorkflowState): number | undefined {
  const times = [...state.waiting].flatMap((step) => {
    const { node, startedAt, retryAt } = step;
    if (retryAt !== undefined) return [retryAt];
    return 'forMs' in node ? [startedAt + node.forMs] : [];
  });
  for (const step of state.timed) times.push(endsAt(step) ?? Infinity);
  return times.length === 0 ? undefined : Math.min(...times);
}
