import type { Json, JsonObject } from '@agent-factory/sdk';
import type { RunFailure, RunWait } from '@agent-factory/sdk/domain';
import { questionOf } from '../agent/question-of.ts';
import { servicesFor } from '../condition/condition-services.ts';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import { runChild } from '../run/start-child.ts';
import type { NewEvent } from '../run/run-input.ts';
import type { CallEnd } from '../tool/call-wish.ts';
import { makeCalls } from '../tool/make-calls.ts';
import { choiceEvents } from './decide-branch.ts';
import { endOfAttempt } from './end-of-attempt.ts';
import type { WorkflowScope } from './workflow-executor.ts';
import { variablesIn } from './workflow-plan.ts';
import type { StepState } from './workflow-state.ts';

/** What came of a step that was worked on: events, or something it has to wait for. */
export type StepEnd = { readonly events: readonly NewEvent[] } | { readonly waits: RunWait };

/**
 * Does what a step is for. The events of the call or the run it makes are written on the way; those of its own end are
 * given back, so that one place alone decides what follows. `signal` says that nobody needs it any more.
 */
export async function performStep(
  scope: WorkflowScope,
  step: StepState,
  signal: AbortSignal,
): Promise<StepEnd> {
  const { state, loaded, effects } = scope;
  const { node, path } = step;
  if (node.type === 'branch') {
    const choice = loaded.plan.nodes.get(node.id)?.choice;
    if (!choice) return { events: [] };
    const services = servicesFor(scope, path, signal);
    const variables = variablesIn(state, step.chain);
    return {
      events: await choiceEvents(choice, path, () => effects.choose(choice, variables, path, services)),
    };
  }
  const end =
    node.type === 'tool' ? await callTool(scope, step, node.tool, signal) : await runOther(scope, step);
  scope.check();
  if (!end) throw new Error('stopped'); // the run was stopped first, and its end is written elsewhere
  if ('waits' in end) return end;
  return { events: [endOfAttempt(scope, step, end)] };
}

/** Path that names one attempt of a step; that of the first is the step's own. */
export function attemptPath({ path, attempt }: StepState): string {
  return attempt === 1 ? path : `${path}#${attempt}`;
}

async function callTool(
  scope: WorkflowScope,
  step: StepState,
  tool: string,
  signal: AbortSignal,
): Promise<CallEnd> {
  const { effects, loaded, progress } = scope;
  const { path, node, call, startedAt } = step;
  if (call?.finished) {
    const { error, output = null } = call.finished;
    return error ? { error } : { output };
  }
  const input = step.input ?? {};
  if (!isObject(input)) return { error: wrongInput(step, 'it is no object, which every tool needs') };
  const entry = await scope.guard(effects.tool(tool, attemptPath(step)));
  const left =
    node.timeoutMs === undefined ? undefined : Math.max(startedAt + node.timeoutMs - effects.now(), 1);
  const timeoutMs = left === undefined ? undefined : Math.min(left, entry?.tool.timeoutMs ?? left);
  const [end] = await makeCalls(scope, [
    {
      callId: attemptPath(step),
      tool,
      entry,
      known: [],
      input,
      idempotencyKey: `${progress.run.id}:${path}`,
      attempt: call?.started.attempt ?? 0,
      turn: 0,
      path,
      agent: loaded.subject.name,
      ...(timeoutMs !== undefined && { timeoutMs }),
      signal,
    },
  ]);
  return end;
}

async function runOther(scope: WorkflowScope, step: StepState): Promise<CallEnd> {
  const { node } = step;
  const input = step.input ?? null;
  const path = attemptPath(step);
  try {
    if (node.type === 'agent')
      return await runChild(scope, { path, kind: 'agent', name: node.agent, input: questionOf(input) });
    if (node.type === 'subworkflow')
      return await runChild(scope, { path, kind: 'workflow', name: node.workflow, input });
  } catch (error) {
    scope.check();
    return {
      error: failureOf(error, (reason) => errors.AF_WORKFLOW_STEP_FAILED({ step: step.path, reason })),
    };
  }
  throw new Error(`a node of type ${node.type} does nothing by itself`);
}

function wrongInput({ path }: StepState, problems: string): RunFailure {
  const error = errors.AF_WORKFLOW_STEP_INPUT_INVALID({ step: path, problems });
  return failureOf(error, () => error);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
