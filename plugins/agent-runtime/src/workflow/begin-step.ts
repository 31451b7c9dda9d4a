import type { Json, JsonObject } from '@agent-factory/sdk';
import type { RunFailure, WorkflowNode } from '@agent-factory/sdk/domain';
import { valueOf, valuesOf } from '../condition/condition-values.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import type { NewEvent } from '../run/run-input.ts';
import { listed } from '../tool/problem-list.ts';
import { choiceEvents } from './decide-branch.ts';
import { variablesIn, type NodePlan, type WorkflowPlan } from './workflow-plan.ts';
import type { ChainState, WorkflowState } from './workflow-state.ts';

/** The place of a node that is about to begin; the chain may still be to be begun. */
export type BeginPlace = Pick<ChainState, 'prefix' | 'owner' | 'index' | 'results'>;

/** What happens when a node begins: it does, or it fails at once because its input cannot be made. */
export async function beginStep(
  state: WorkflowState,
  plan: WorkflowPlan,
  id: string,
  place: BeginPlace,
  now: number,
): Promise<readonly NewEvent[]> {
  const node = plan.graph.nodes.get(id);
  if (!node) return [];
  const path = place.prefix + id;
  if (state.begun >= plan.maxSteps) {
    const limit = errors.AF_WORKFLOW_LIMIT_STEPS({ max: plan.maxSteps, step: path });
    return [
      startOf(path, undefined),
      failureAt(
        path,
        failureOf(limit, () => limit),
      ),
    ];
  }
  const variables = variablesIn(state, place);
  let input: Json | undefined;
  try {
    input = await inputOf(state, node, plan.nodes.get(id), variables, path);
  } catch (error) {
    const failure = failureOf(error, (reason) => errors.AF_WORKFLOW_STEP_FAILED({ step: path, reason }));
    return [startOf(path, undefined), failureAt(path, failure)];
  }
  const start = startOf(path, input);
  if (node.type === 'approval') {
    const { prompt, permission = 'approvals:write', timeoutMs } = node;
    const expiresAt = timeoutMs === undefined ? undefined : now + timeoutMs;
    const data = {
      approvalId: path,
      path,
      prompt,
      permission,
      ...(input !== undefined && { input: input as JsonObject }), // made from a mapping
      ...(expiresAt !== undefined && { expiresAt }),
    };
    return [start, { type: 'approval.requested', data }];
  }
  const choice = plan.nodes.get(id)?.choice;
  if (choice && !choice.asks)
    return [start, ...(await choiceEvents(choice, path, () => choice.choice.decide(variables)))];
  return [start];
}

/** A step that failed. */
export function failureAt(path: string, error: RunFailure, durationMs = 0): NewEvent {
  return { type: 'step.finished', data: { path, error, durationMs } };
}

function startOf(path: string, input: Json | undefined): NewEvent {
  return { type: 'step.started', data: { path, attempt: 1, ...(input !== undefined && { input }) } };
}

async function inputOf(
  state: WorkflowState,
  node: WorkflowNode,
  plan: NodePlan | undefined,
  variables: JsonObject,
  path: string,
): Promise<Json | undefined> {
  if (plan?.items) {
    const items = await valueOf(plan.items, variables);
    if (Array.isArray(items)) return items;
    throw errors.AF_WORKFLOW_ITEMS_INVALID({ step: path, type: items === null ? 'null' : typeof items });
  }
  const made = plan?.input && (await valuesOf(plan.input, variables));
  const isAction = node.type === 'agent' || node.type === 'tool' || node.type === 'subworkflow';
  if (!isAction) return made;
  const input = made ?? state.input;
  const problems = plan?.checkInput?.(input) ?? [];
  if (problems.length === 0) return input;
  throw errors.AF_WORKFLOW_STEP_INPUT_INVALID({ step: path, problems: listed(problems) });
}
