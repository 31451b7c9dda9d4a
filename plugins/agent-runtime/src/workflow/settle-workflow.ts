import type { RunEventData } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import type { NewEvent } from '../run/run-input.ts';
import { beginStep, failureAt } from './begin-step.ts';
import { endOfBranch } from './decide-branch.ts';
import { endOf, nextOfChains } from './run-chains.ts';
import { isLate, late } from './step-time.ts';
import type { WorkflowScope } from './workflow-executor.ts';
import type { WorkflowPlan } from './workflow-plan.ts';
import { isStray, type ChainState, type StepState, type WorkflowState } from './workflow-state.ts';

/** Events after which those so far are written, so that a long way without effects does not pile them up. */
const eventsPerCommit = 500;

/**
 * Emits all that follows by itself from what has happened, until nothing more does. Gives the number of the last event
 * it has seen: what comes from outside may add more at any time.
 */
export async function settle(scope: WorkflowScope): Promise<number> {
  const { state, loaded, effects } = scope;
  let emitted = 0;
  const emitAll = (events: readonly NewEvent[]): void => {
    for (const { type, data } of events) scope.emit(type, data);
    emitted += events.length;
  };
  for (;;) {
    const now = effects.now();
    const before = emitted;
    for (const item of state.ready) {
      const events = await nextOf(state, loaded.plan, item, now);
      scope.check();
      if (events.length === 0) state.ready.delete(item);
      else emitAll(events);
      if (emitted < eventsPerCommit) continue;
      emitted = 1; // something was emitted in this round
      await scope.commit();
      scope.check();
    }
    if (state.hasStrays) emitAll(withoutStrays(state));
    for (const step of state.waiting) emitAll(endOfWait(scope, step, now));
    for (const step of state.timed) emitAll(endOfTime(state, step, now));
    if (state.ready.size === 0 && !state.hasStrays && emitted === before) return scope.progress.run.lastSeq;
  }
}

async function nextOf(
  state: WorkflowState,
  plan: WorkflowPlan,
  item: ChainState | StepState,
  now: number,
): Promise<readonly NewEvent[]> {
  if ('prefix' in item) {
    const isOver = item.outcome !== undefined || item.owner?.outcome !== undefined;
    return isOver || item.next === undefined ? [] : beginStep(state, plan, item.next, item, now);
  }
  if (isStray(state, item)) return [];
  if (item.inner) return nextOfChains(state, plan, item, now);
  return item.decided === undefined ? [] : [endOfBranch(item.path, item.decided)];
}

/** Lets go of steps nobody needs any more, except those at work: their end is awaited. */
function withoutStrays(state: WorkflowState): readonly NewEvent[] {
  state.hasStrays = false;
  return [...state.open.values()].flatMap((step): readonly NewEvent[] => {
    const { path } = step;
    if (!isStray(state, step) || state.doable.has(step)) return [];
    const reason = 'It is not needed any more.';
    const skipped: NewEvent = { type: 'step.skipped', data: { path, reason } };
    if (step.node.type !== 'approval') return [skipped];
    return [{ type: 'approval.resolved', data: { approvalId: path, outcome: 'expired', reason } }, skipped];
  });
}

function endOfWait(scope: WorkflowScope, step: StepState, now: number): readonly NewEvent[] {
  const { state, loaded, progress } = scope;
  const { node, path, input, startedAt } = step;
  if (step.retryAt !== undefined) {
    if (now < step.retryAt) return [];
    const data = { path, attempt: step.attempt + 1, ...(input !== undefined && { input }) };
    return [{ type: 'step.started', data }];
  }
  if ('forMs' in node) {
    return now < startedAt + node.forMs ? [] : [endOf(loaded.plan, step, null, now)];
  }
  if ('forEvent' in node) {
    const found = state.unclaimed.find(({ name }) => name === node.forEvent);
    return found ? [endOf(loaded.plan, step, found.data, now)] : [];
  }
  const { asked, resolved } = progress.approvals.get(path) ?? {};
  if (resolved) return [endOfApproval(scope, step, resolved, now)];
  if (asked?.expiresAt === undefined || now < asked.expiresAt) return [];
  // The end of the step follows from the answer.
  return [{ type: 'approval.resolved', data: { approvalId: path, outcome: 'expired' } }];
}

function endOfApproval(
  { loaded }: WorkflowScope,
  step: StepState,
  { outcome, by, reason }: RunEventData['approval.resolved'],
  now: number,
): NewEvent {
  const { node, path, startedAt } = step;
  const { onReject = 'fail', onTimeout = 'fail' } = node.type === 'approval' ? node : {};
  const isLate = outcome === 'expired';
  if (isLate && onTimeout === 'fail') return late(step, now);
  const approved = isLate ? onTimeout === 'approve' : outcome === 'approved';
  if (!approved && onReject === 'fail') {
    const error = errors.AF_WORKFLOW_REJECTED({
      step: path,
      by: by ?? 'nobody in time',
      reason: reason ?? 'none given',
    });
    return failureAt(
      path,
      failureOf(error, () => error),
      now - startedAt,
    );
  }
  const answer = {
    approved,
    ...(by !== undefined && { by }),
    ...(reason !== undefined && { comment: reason }),
  };
  return endOf(loaded.plan, step, answer, now);
}

/** Steps that are at work are stopped by whoever began them; an approval ends by its answer. */
function endOfTime({ doable }: WorkflowState, step: StepState, now: number): readonly NewEvent[] {
  const isElsewhere = doable.has(step) || step.node.type === 'approval';
  return isElsewhere || !isLate(step, now) ? [] : [late(step, now)];
}
