import { isAgentFactoryError, type Json, type JsonSchema } from '@agent-factory/sdk';
import type { HttpRequest, TenantRuntime } from '@agent-factory/sdk/contracts';
import type { AgentDefinition, Run } from '@agent-factory/sdk/domain';
import type { A2aParts } from '../a2a-http.ts';
import { agentCard } from '../card/agent-card.ts';
import { baseOf } from '../card/card-routes.ts';
import { errors } from '../errors.ts';
import { answerTask } from '../message/answer-task.ts';
import { beginTask } from '../message/begin-task.ts';
import { followTask } from '../task/follow-task.ts';
import { listTasks, type ListParams } from '../task/list-tasks.ts';
import { ownTask } from '../task/own-task.ts';
import { stateOf, viewOf } from '../task/run-view.ts';
import { taskOf } from '../task/task.ts';
import { finalStates, jsonOf, type Message, type StreamResponse } from '../wire.ts';
import { listParams, noParams, sendParams, taskParams } from './param-schemas.ts';

/** A call of a method, by somebody to an agent that they may look at. */
interface MethodCall {
  readonly runs: TenantRuntime;
  readonly agent: string;
  readonly request: HttpRequest;
  readonly parts: A2aParts;
}

/** A result, or several as they come. */
export type MethodResult = { readonly result: Json } | { readonly stream: AsyncIterable<StreamResponse> };

/** A method of the protocol. */
export interface Method {
  readonly params: JsonSchema;
  call(params: never, call: MethodCall): Promise<MethodResult>;
}

interface SendParams {
  readonly message: Message;
  readonly configuration?: {
    readonly returnImmediately?: boolean;
    readonly historyLength?: number;
    readonly taskPushNotificationConfig?: object | null;
  } | null;
}

interface TaskParams {
  readonly id: string;
  readonly historyLength?: number;
}

/** The run that a message begins, or answers. */
async function runOf({ message, configuration }: SendParams, call: MethodCall): Promise<Run> {
  const { runs, agent, request } = call;
  const { principal } = request;
  // Nothing is begun of which somebody would wait to be told in vain.
  if (configuration?.taskPushNotificationConfig) throw errors.AF_A2A_NO_PUSH({});
  const { taskId = '' } = message;
  if (taskId === '') return beginTask(runs, message, { principal, agent });
  const run = await ownTask(runs, taskId, { principal, agent });
  return answerTask(runs, run, message, principal);
}

function historyOf({ historyLength }: { readonly historyLength?: number }): {
  readonly historyLength?: number;
} {
  return historyLength === undefined ? {} : { historyLength };
}

async function sendMessage(params: SendParams, call: MethodCall): Promise<MethodResult> {
  const { runs, request } = call;
  const configuration = params.configuration ?? {};
  let run = await runOf(params, call);
  if (configuration.returnImmediately !== true) {
    const { signal, principal } = request;
    for await (const _event of followTask({ runs, run, principal, signal, stays: false }));
    run = await runs.get(run.id);
  }
  const view = await viewOf(runs, run, request.principal);
  return { result: { task: jsonOf(taskOf(view, historyOf(configuration))) } };
}

async function streamMessage(params: SendParams, call: MethodCall): Promise<MethodResult> {
  const { runs, request } = call;
  const run = await runOf(params, call);
  const { signal, principal } = request;
  const wish = historyOf(params.configuration ?? {});
  return { stream: followTask({ runs, run, principal, signal, stays: false, ...wish }) };
}

async function getTask({ id, ...options }: TaskParams, call: MethodCall): Promise<MethodResult> {
  const { runs, agent, request } = call;
  const run = await ownTask(runs, id, { principal: request.principal, agent });
  return { result: jsonOf(taskOf(await viewOf(runs, run, request.principal), historyOf(options))) };
}

async function cancelTask({ id }: TaskParams, call: MethodCall): Promise<MethodResult> {
  const { runs, agent, request } = call;
  const before = await ownTask(runs, id, { principal: request.principal, agent });
  // One that has ended stays as it is; cancelling twice does no harm.
  const run = await runs.cancel(before.id, 'A client of the Agent2Agent protocol asked for it.');
  const view = await viewOf(runs, run, request.principal);
  if (run.status !== 'cancelled') throw errors.AF_A2A_NOT_CANCELABLE({ task: id, state: stateOf(view) });
  return { result: jsonOf(taskOf(view)) };
}

async function subscribe({ id, ...options }: TaskParams, call: MethodCall): Promise<MethodResult> {
  const { runs, agent, request } = call;
  const { signal, principal } = request;
  const run = await ownTask(runs, id, { principal, agent });
  const state = stateOf(await viewOf(runs, run, principal));
  if (finalStates.has(state))
    throw errors.AF_A2A_UNSUPPORTED({
      what: `A stream of the task ${id}`,
      reason: `it has ended as ${state}`,
      mend: 'Look at it by GetTask.',
    });
  return { stream: followTask({ runs, run, principal, signal, stays: true, ...historyOf(options) }) };
}

async function list(params: ListParams, { runs, agent, request }: MethodCall): Promise<MethodResult> {
  return { result: await listTasks(runs, { principal: request.principal, agent }, params) };
}

async function extendedCard(_params: unknown, call: MethodCall): Promise<MethodResult> {
  const { runs, agent: name, request, parts } = call;
  const { version, hasLogin } = parts;
  try {
    const { definition } = await runs.definitions.get('agent', name);
    const base = baseOf(parts, request);
    const own = definition as AgentDefinition; // of that kind
    return { result: agentCard({ name, definition: own, base, version, hasLogin }) };
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_AGENT_UNKNOWN')) throw error;
    throw errors.AF_A2A_AGENT_UNKNOWN({ agent: name }, { cause: error });
  }
}

async function noPush(): Promise<MethodResult> {
  throw errors.AF_A2A_NO_PUSH({});
}

/** The methods of the protocol, by name. */
export const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['SendMessage', { params: sendParams, call: sendMessage }],
  ['SendStreamingMessage', { params: sendParams, call: streamMessage }],
  ['GetTask', { params: taskParams, call: getTask }],
  ['ListTasks', { params: listParams, call: list }],
  ['CancelTask', { params: taskParams, call: cancelTask }],
  ['SubscribeToTask', { params: taskParams, call: subscribe }],
  ['GetExtendedAgentCard', { params: noParams, call: extendedCard }],
  ['CreateTaskPushNotificationConfig', { params: noParams, call: noPush }],
  ['GetTaskPushNotificationConfig', { params: noParams, call: noPush }],
  ['ListTaskPushNotificationConfigs', { params: noParams, call: noPush }],
  ['DeleteTaskPushNotificationConfig', { params: noParams, call: noPush }],
]);
