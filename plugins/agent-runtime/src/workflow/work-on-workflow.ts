import type { RunWait } from '@agent-factory/sdk/domain';
import type { NewEvent } from '../run/run-input.ts';
import { waitFor } from '../run/wait-for.ts';
import { conclude } from './conclude-workflow.ts';
import { attemptPath, performStep } from './perform-step.ts';
import { settle } from './settle-workflow.ts';
import { isLate, nextMoment } from './step-time.ts';
import type { WorkflowScope } from './workflow-executor.ts';
import { isStray, type StepState } from './workflow-state.ts';
import { waitsOf } from './workflow-waits.ts';

/** What is worked on, and what came of it. */
interface Work {
  readonly atWork: Map<StepState, AbortController>;
  /** Steps that have to wait for a person or another run. */
  readonly parked: Map<StepState, RunWait>;
  /** The ends of steps; until they are written, the steps count as at work. */
  readonly ends: (readonly [StepState, readonly NewEvent[]])[];
  failure: { readonly error: unknown } | undefined;
  wake: () => void;
}

/**
 * Works on a run of a workflow until it ends or waits. This alone begins and ends steps, one decision after the other;
 * what is worked on at the same time only tells it what came of it.
 */
export async function workOnWorkflow(scope: WorkflowScope): Promise<void> {
  const { state, effects } = scope;
  const work: Work = {
    atWork: new Map(),
    parked: new Map(),
    ends: [],
    failure: undefined,
    wake: () => {},
  };
  for (;;) {
    if (work.atWork.size === work.ends.length) scope.checkpoint();
    const outside = scope.outside();
    const woken = new Promise<void>((resolve) => {
      work.wake = resolve;
    });
    for (const [step, events] of work.ends.splice(0)) {
      work.atWork.delete(step);
      for (const { type, data } of events) scope.emit(type, data);
    }
    const seen = await settle(scope);
    if (work.failure) throw work.failure.error;
    await stopSteps(scope, work);
    if (await conclude(scope)) return;
    for (const step of state.doable)
      if (!work.atWork.has(step) && !work.parked.has(step)) begin(scope, step, work);
    const moment = nextMoment(state);
    const left = moment === undefined ? undefined : Math.max(moment - effects.now(), 0);
    const isIdle = work.atWork.size === 0;
    // What came in meanwhile must not be waited for.
    if (isIdle && scope.progress.run.lastSeq !== seen) continue;
    if (isIdle && effects.rests(left)) {
      waitFor(scope, waitsOf(scope, work.parked));
      return;
    }
    await writeLater(scope);
    const isAsked = await until(scope, woken, outside, left);
    scope.check();
    if (isAsked) work.parked.clear();
  }
}

function begin(scope: WorkflowScope, step: StepState, work: Work): void {
  const controller = new AbortController();
  work.atWork.set(step, controller);
  const perform = async (): Promise<void> => {
    try {
      const end = await performStep(scope, step, controller.signal);
      if ('waits' in end) {
        work.parked.set(step, end.waits);
        work.atWork.delete(step);
      } else {
        work.ends.push([step, end.events]);
      }
    } catch (error) {
      work.failure ??= { error };
    }
    work.wake();
  };
  void perform();
}

/** Stops steps nobody needs any more, and runs of others that have used up their time; tools look at it themselves. */
async function stopSteps(scope: WorkflowScope, { atWork, parked }: Work): Promise<void> {
  const { state, effects, progress } = scope;
  const now = effects.now();
  for (const step of state.doable) {
    const controller = atWork.get(step);
    const isOver = isStray(state, step) || (step.node.type !== 'tool' && isLate(step, now));
    if (!isOver || controller?.signal.aborted) continue;
    controller?.abort(new Error('The workflow does not need it any more.'));
    parked.delete(step);
    const child = progress.children.get(attemptPath(step));
    if (child && !child.finished) await scope.guard(effects.cancelChild(child.runId));
  }
}

/** Writes what nobody has written yet, once those who were just begun had their turn to write it with their own. */
async function writeLater(scope: WorkflowScope): Promise<void> {
  await new Promise(setImmediate);
  await scope.commit();
  scope.check();
}

/** Resolves when there is something to look at; true when it came from outside. */
async function until(
  { effects }: WorkflowScope,
  woken: Promise<void>,
  outside: Promise<void>,
  left: number | undefined,
): Promise<boolean> {
  const over = new AbortController();
  const timer = left === undefined ? [] : [effects.pause(left, over.signal)];
  try {
    return await Promise.race([
      outside.then(() => true),
      ...[woken, ...timer].map((one) => one.then(() => false)),
    ]);
  } finally {
    over.abort();
  }
}
