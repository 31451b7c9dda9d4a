import type { WorkflowNode, WorkflowRetry } from '@agent-factory/sdk/domain';
import type { NewEvent } from '../run/run-input.ts';
import { failureAt } from './begin-step.ts';
import { endOf } from './run-chains.ts';
import { isLate, late } from './step-time.ts';
import type { WorkflowScope } from './workflow-executor.ts';
import { isStray, type Outcome, type StepState } from './workflow-state.ts';

/** What follows from an attempt: the step has ended, or is tried again. */
export function endOfAttempt(scope: WorkflowScope, step: StepState, outcome: Outcome): NewEvent {
  const { loaded, effects, state } = scope;
  const { path, node, attempt, startedAt } = step;
  const now = effects.now();
  const end =
    'output' in outcome
      ? endOf(loaded.plan, step, outcome.output, now)
      : failureAt(path, outcome.error, now - startedAt);
  const error = end.type === 'step.finished' ? end.data.error : undefined;
  if (!error) return end;
  // A tool has its own words for it; of a run that was cancelled for it, the time is the reason.
  if (isLate(step, now)) return node.type === 'tool' ? end : late(step, now);
  const retry = retryOf(node);
  if (!retry || attempt >= retry.maxAttempts || isStray(state, step)) return end;
  const at = now + delayOf(retry, attempt);
  if (node.timeoutMs !== undefined && at >= startedAt + node.timeoutMs) return end;
  return { type: 'step.retried', data: { path, attempt, error, at } };
}

function retryOf(node: WorkflowNode): WorkflowRetry | undefined {
  return 'retry' in node ? node.retry : undefined;
}

function delayOf(
  { delayMs = 1000, factor = 2, maxDelayMs = 60_000 }: WorkflowRetry,
  attempt: number,
): number {
  return Math.min(Math.round(delayMs * factor ** (attempt - 1)), maxDelayMs);
}
