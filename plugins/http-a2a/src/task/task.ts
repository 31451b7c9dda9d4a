import type { Json, JsonObject } from '@agent-factory/sdk';
import { conversationOf, type Run, type RunWait } from '@agent-factory/sdk/domain';
import { partsOf, textPart } from '../message/content.ts';
import type { Artifact, Message, Part, Task, TaskStatus } from '../wire.ts';
import { markOf } from './own-task.ts';
import { stateOf, type OpenQuestion, type RunView } from './run-view.ts';

/** Name of the one artifact that a task has: its answer. */
export const answerId = 'answer';

/** What a client wants to see of a task. */
export interface TaskOptions {
  /** At most so many messages of its history; 0 for none. Default all. */
  readonly historyLength?: number;
  /** What is shown of the answer before it is whole. */
  readonly soFar?: string;
}

/** A run as a task. */
export function taskOf(view: RunView, { historyLength, soFar = '' }: TaskOptions = {}): Task {
  const { run } = view;
  const history = historyLength === 0 ? [] : historyOf(run);
  const answer = answerOf(run);
  const partial: Artifact = { artifactId: answerId, parts: [textPart(soFar)] };
  const artifacts = answer ? [answer] : soFar === '' ? [] : [partial];
  return {
    ...idsOf(run),
    status: statusOf(view),
    ...(artifacts.length > 0 && { artifacts }),
    ...(history.length > 0 && { history }),
  };
}

function idsOf(run: Run): Pick<Task, 'id' | 'contextId'> {
  return { id: run.id, contextId: run.session ?? run.id };
}

/** Where a task stands, and what is said of it. */
export function statusOf(view: RunView): TaskStatus {
  const { run, at } = view;
  const parts = statusParts(view);
  return {
    state: stateOf(view),
    ...(parts.length > 0 && { message: agentMessage(run, `${run.id}.${run.lastSeq}`, parts) }),
    timestamp: new Date(at).toISOString(),
  };
}

/** A message of the agent that belongs to a task. */
export function agentMessage(run: Run, messageId: string, parts: readonly Part[]): Message {
  const { id: taskId, contextId } = idsOf(run);
  return { messageId, contextId, taskId, role: 'ROLE_AGENT', parts };
}

function statusParts({ run, open }: RunView): readonly Part[] {
  const { status, error } = run;
  if (status === 'failed' && error)
    return [
      textPart(`${error.message} ${error.fix}`),
      dataPart({ code: error.code, retryable: error.retryable }),
    ];
  const asked = open.filter(({ wait }) => wait.kind !== 'timer');
  if (asked.length === 0) return [];
  return [
    textPart(asked.map(({ wait }) => wait.detail).join('\n')),
    dataPart({ waitsFor: asked.map(questionOf) }),
  ];
}

/** What an answer names, so that it is known which question it is for. */
export function questionId(wait: RunWait): string {
  if (wait.kind === 'approval') return wait.approvalId;
  if (wait.kind === 'decision') return wait.callId;
  return wait.kind === 'event' ? wait.name : '';
}

function questionOf({ wait, call }: OpenQuestion): JsonObject {
  const { kind, detail } = wait;
  return {
    for: questionId(wait),
    kind,
    detail,
    ...call,
    ...(wait.kind === 'decision' && { tool: wait.tool, ...(wait.input && { input: wait.input }) }),
    ...('permission' in wait && wait.permission !== undefined && { permission: wait.permission }),
    ...('until' in wait && wait.until !== undefined && { until: new Date(wait.until).toISOString() }),
  };
}

/** The answer of a run that has one: text, or data. */
export function answerOf({ output, citations }: Run): Artifact | undefined {
  if (output === undefined) return undefined;
  return {
    artifactId: answerId,
    parts: [typeof output === 'string' ? textPart(output) : dataPart(output)],
    ...(citations.length > 0 && { metadata: { citations: citations as unknown as Json } }), // plain data
  };
}

function dataPart(data: Json): Part {
  return { data, mediaType: 'application/json' };
}

/** What the agent was asked; what is answered to its questions is in the journal of the run. */
function historyOf(run: Run): readonly Message[] {
  const asked = conversationOf(run).findLast(({ role }) => role === 'user');
  const { id: taskId, contextId } = idsOf(run);
  const { messageId = taskId, metadata } = markOf(run) ?? {};
  if (!asked) return [];
  const more = metadata && { metadata };
  return [{ messageId, contextId, taskId, role: 'ROLE_USER', parts: partsOf(asked), ...more }];
}
