import type { Json } from '@agent-factory/sdk';
import { compensationOf, type RunFailure } from '@agent-factory/sdk/domain';
import { valueOf } from '../condition/condition-values.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import { listed } from '../tool/problem-list.ts';
import { beginStep } from './begin-step.ts';
import type { WorkflowScope } from './workflow-executor.ts';
import { variablesIn } from './workflow-plan.ts';
import type { Outcome } from './workflow-state.ts';

/** Once all steps have ended: ends the run, or undoes the next of them first. False while it goes on. */
export async function conclude(scope: WorkflowScope): Promise<boolean> {
  const { state, progress } = scope;
  const { outcome } = state.root;
  if (!outcome || state.open.size > 0) return false;
  const { usage } = progress.run;
  const end = await resultOf(scope, outcome);
  scope.check();
  if ('output' in end) {
    scope.emit('run.succeeded', { output: end.output, citations: state.citations, usage });
    return true;
  }
  while (state.open.size === 0 && state.undoable.length > 0) await undoLast(scope);
  if (state.open.size > 0) return false;
  scope.emit('run.failed', { error: withUndoing(end.error, state.undoFailures), usage });
  return true;
}

async function resultOf({ loaded, state }: WorkflowScope, outcome: Outcome): Promise<Outcome> {
  const { plan } = loaded;
  if ('error' in outcome) return outcome;
  try {
    const output: Json = plan.result
      ? await valueOf(plan.result, variablesIn(state, state.root))
      : outcome.output;
    const problems = plan.checkOutput?.(output) ?? [];
    if (problems.length === 0) return { output };
    throw errors.AF_WORKFLOW_RESULT_INVALID({ workflow: loaded.subject.name, problems: listed(problems) });
  } catch (error) {
    const describe = (reason: string): ReturnType<typeof errors.AF_WORKFLOW_STEP_FAILED> =>
      errors.AF_WORKFLOW_STEP_FAILED({ step: 'result', reason });
    return { error: failureOf(error, describe) };
  }
}

/** Begins the node that undoes the last step that was done. */
async function undoLast(scope: WorkflowScope): Promise<void> {
  const { state, loaded, effects } = scope;
  const step = state.undoable.at(-1);
  const id = step && compensationOf(step.node);
  if (!step || id === undefined) return;
  // What undoes is never too much.
  const plan = { ...loaded.plan, maxSteps: Infinity };
  const events = await beginStep(state, plan, id, { ...step.chain, prefix: `${step.path}.` }, effects.now());
  scope.check();
  for (const { type, data } of events) {
    if (type === 'step.started') scope.emit(type, { ...data, compensates: step.path });
    else scope.emit(type, data);
  }
}

/** Why the workflow failed, and that not everything could be undone. */
function withUndoing(error: RunFailure, failures: readonly RunFailure[]): RunFailure {
  if (failures.length === 0) return error;
  const undone = errors.AF_WORKFLOW_COMPENSATION_FAILED({
    reason: `${error.message} (${error.code})`,
    list: failures.map(({ message, code }) => `${message} (${code})`).join(' '),
  });
  return failureOf(undone, () => undone);
}
