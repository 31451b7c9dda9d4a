import type { Json } from '@agent-factory/sdk';
import type { LoopNode, MapNode, ParallelNode } from '@agent-factory/sdk/domain';
import { decide } from '../condition/conditions.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import type { NewEvent } from '../run/run-input.ts';
import { listed } from '../tool/problem-list.ts';
import { beginStep, failureAt } from './begin-step.ts';
import { variablesIn, type WorkflowPlan } from './workflow-plan.ts';
import { entryPath, type InnerState, type StepState, type WorkflowState } from './workflow-state.ts';

const defaultConcurrency = 4;

/** What happens next in a step that runs chains: some begin, it ends, or nothing until one of them has ended. */
export async function nextOfChains(
  state: WorkflowState,
  plan: WorkflowPlan,
  step: StepState,
  now: number,
): Promise<readonly NewEvent[]> {
  const { node, inner } = step;
  if (!inner) return [];
  if (node.type === 'parallel') return nextOfParallel(state, plan, step, node, inner, now);
  if (node.type === 'map') return nextOfMap(state, plan, step, node, inner, now);
  return node.type === 'loop' ? nextOfLoop(state, plan, step, node, inner, now) : [];
}

async function nextOfParallel(
  state: WorkflowState,
  plan: WorkflowPlan,
  step: StepState,
  { branches, join = 'all' }: ParallelNode,
  inner: InnerState,
  now: number,
): Promise<readonly NewEvent[]> {
  const { outputs, failure, failures, winner } = inner;
  if (join === 'any' && winner !== undefined)
    return [endOf(plan, step, { branch: winner, output: outputs.get(winner) ?? null }, now)];
  if (failure && (join === 'all' || failures === branches.length))
    return [failureAt(step.path, failure, now - step.startedAt)];
  if (join === 'all' && outputs.size === branches.length) {
    const output = Object.fromEntries(branches.map((entry) => [entry, outputs.get(entry) ?? null]));
    return [endOf(plan, step, output, now)];
  }
  // One after the other: the steps of the first may use up what the run may do.
  const entry = branches[inner.begun];
  return entry === undefined ? [] : beginChain(state, plan, step, entry, undefined, now);
}

async function nextOfMap(
  state: WorkflowState,
  plan: WorkflowPlan,
  step: StepState,
  { body, concurrency = defaultConcurrency }: MapNode,
  { chains, begun, outputs, failure }: InnerState,
  now: number,
): Promise<readonly NewEvent[]> {
  if (failure) return [failureAt(step.path, failure, now - step.startedAt)];
  const count = Array.isArray(step.input) ? step.input.length : 0;
  if (outputs.size === count) {
    const output = Array.from({ length: count }, (_, index) => outputs.get(index) ?? null);
    return [endOf(plan, step, output, now)];
  }
  if (begun >= count || chains.size >= concurrency) return [];
  return beginChain(state, plan, step, body, begun, now);
}

async function nextOfLoop(
  state: WorkflowState,
  plan: WorkflowPlan,
  step: StepState,
  node: LoopNode,
  { chains, begun, outputs, failure }: InnerState,
  now: number,
): Promise<readonly NewEvent[]> {
  const { path } = step;
  if (failure) return [failureAt(path, failure, now - step.startedAt)];
  if (chains.size > 0) return [];
  if (begun === 0 || step.decided === node.body) return beginChain(state, plan, step, node.body, begun, now);
  const last = outputs.get(begun - 1) ?? null;
  if (step.decided === null) return [endOf(plan, step, last, now)];
  const condition = plan.nodes.get(node.id)?.again;
  if (!condition) return [];
  let holds: boolean;
  let saw;
  try {
    const variables = { ...variablesIn(state, step.chain), index: begun - 1, last };
    const decision = await decide(condition, variables);
    holds = decision.value === true;
    saw = decision.saw;
  } catch (error) {
    const failed = failureOf(error, (reason) => errors.AF_WORKFLOW_STEP_FAILED({ step: path, reason }));
    return [failureAt(path, failed, now - step.startedAt)];
  }
  const isOver = begun >= node.maxIterations;
  const target = holds && !isOver ? node.body : null;
  const data = { path, target, evaluator: plan.evaluator, value: holds, saw };
  if (!holds || !isOver || node.onBound === 'continue') return [{ type: 'route.decided', data }];
  const bound = errors.AF_WORKFLOW_LOOP_BOUND({ step: path, max: node.maxIterations });
  const failed = failureAt(
    path,
    failureOf(bound, () => bound),
    now - step.startedAt,
  );
  return [{ type: 'route.decided', data }, failed];
}

/** The first step of a chain; the chain is begun by it. */
function beginChain(
  state: WorkflowState,
  plan: WorkflowPlan,
  owner: StepState,
  entry: string,
  index: number | undefined,
  now: number,
): Promise<readonly NewEvent[]> {
  const path = entryPath(owner, index, entry);
  const prefix = path.slice(0, path.length - entry.length);
  return beginStep(state, plan, entry, { prefix, owner, index, results: owner.chain.results }, now);
}

/** The good end of a step, if what it gave fits. */
export function endOf(
  plan: WorkflowPlan,
  { path, node, startedAt }: StepState,
  output: Json,
  now: number,
): NewEvent {
  const durationMs = now - startedAt;
  const problems = plan.nodes.get(node.id)?.checkOutput?.(output) ?? [];
  if (problems.length === 0) return { type: 'step.finished', data: { path, output, durationMs } };
  const error = errors.AF_WORKFLOW_OUTPUT_INVALID({ step: path, problems: listed(problems) });
  return failureAt(
    path,
    failureOf(error, () => error),
    durationMs,
  );
}
