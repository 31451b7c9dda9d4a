import { isAgentFactoryError } from '@agent-factory/sdk';
import { followRun, type OpenWait, type Principal, type TenantRuntime } from '@agent-factory/sdk/contracts';
import type { AgentDefinition, Run, RunEvent } from '@agent-factory/sdk/domain';
import { textPart } from '../message/content.ts';
import { finalStates, type Artifact, type StreamResponse } from '../wire.ts';
import { SaidText, type SaidPiece } from './said-text.ts';
import { stateOf, viewOf } from './run-view.ts';
import { agentMessage, answerId, answerOf, questionId, statusOf, taskOf } from './task.ts';

/** How a task is followed. */
export interface FollowTask {
  readonly runs: TenantRuntime;
  /** Who follows it. */
  readonly principal: Principal;
  /** As it stands where the stream begins. */
  readonly run: Run;
  readonly historyLength?: number;
  /** Ends it; the run goes on. */
  readonly signal: AbortSignal;
  /** Go on also while somebody is asked; else a question ends it. */
  readonly stays: boolean;
}

/** A task as it stands, then what becomes of it until it has ended or asks somebody. */
export async function* followTask(options: FollowTask): AsyncGenerator<StreamResponse> {
  const { runs, run, stays, principal } = options;
  const { id, lastSeq } = run;
  const ids = { taskId: id, contextId: run.session ?? id };
  const signal = apart(options.signal);
  const said = new SaidText(await hasSchema(runs, run));
  let shown = '';
  const told = async (now: Run): Promise<StreamResponse | undefined> => {
    const view = await viewOf(runs, now, principal);
    const place = [stateOf(view), ...view.open.map(({ wait }) => questionId(wait))].join(' ');
    if (place === shown) return undefined;
    const isFirst = shown === '';
    shown = place;
    const { historyLength } = options;
    const more = { soFar: said.text, ...(historyLength !== undefined && { historyLength }) };
    return isFirst ? { task: taskOf(view, more) } : { statusUpdate: { ...ids, status: statusOf(view) } };
  };
  const piece = ({ text, append }: SaidPiece, lastChunk: boolean): StreamResponse => ({
    artifactUpdate: {
      ...ids,
      artifact: { artifactId: answerId, parts: [textPart(text)] },
      append,
      lastChunk,
    },
  });

  for (let after = 0; ;) {
    for await (const event of followRun(runs, id, { after, signal })) {
      after = event.seq;
      const next = said.take(event);
      if (after < lastSeq) continue;
      if (after === lastSeq) {
        const first = await told(run);
        if (first) yield first;
        continue;
      }
      if (next) yield piece(next, false);
      const work = workOf(event, run);
      if (work === undefined) continue;
      shown = 'TASK_STATE_WORKING';
      yield { statusUpdate: { ...ids, ...work } };
    }
    signal.throwIfAborted();
    const now = await runs.get(id);
    const { open } = await viewOf(runs, now, principal);
    const state = stateOf({ run: now, open });
    const isOver = finalStates.has(state);
    // What had ended before was shown whole.
    if (isOver && now.lastSeq > lastSeq) {
      const answer = answerOf(now);
      const isText = typeof now.output === 'string';
      if (isText) yield withCitations(piece(said.rest(String(now.output)), true), answer);
      else if (answer) yield { artifactUpdate: { ...ids, artifact: answer, append: false, lastChunk: true } };
    }
    const last = isOver || state === 'TASK_STATE_INPUT_REQUIRED' ? await told(now) : undefined;
    if (last) yield last;
    if (isOver || (!stays && state === 'TASK_STATE_INPUT_REQUIRED')) return;
    if (state === 'TASK_STATE_INPUT_REQUIRED') await somethingNew(runs, open, signal);
  }
}

function withCitations(update: StreamResponse, answer: Artifact | undefined): StreamResponse {
  if (!('artifactUpdate' in update) || !answer?.metadata) return update;
  const { artifactUpdate } = update;
  const artifact = { ...artifactUpdate.artifact, metadata: answer.metadata };
  return { artifactUpdate: { ...artifactUpdate, artifact } };
}

/** What is told of work: that it begins or goes on, and what is done meanwhile. */
function workOf(event: RunEvent, run: Run) {
  const isTool = event.type === 'tool.started';
  if (!isTool && event.type !== 'run.started') return undefined;
  const text = isTool ? `Calls the tool ${event.data.tool}.` : undefined;
  const message = text && agentMessage(run, `${event.runId}.${event.seq}`, [textPart(text)]);
  const timestamp = new Date(event.at).toISOString();
  return { status: { state: 'TASK_STATE_WORKING' as const, ...(message && { message }), timestamp } };
}

/** A signal that ends with another, without its reason: a client that leaves a stream does not cancel its task. */
function apart(signal: AbortSignal): AbortSignal {
  const own = new AbortController();
  const end = (): void => own.abort(new Error('nobody follows any more'));
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return own.signal;
}

/** Resolves when one of those that ask somebody has been told something, or was ended. */
async function somethingNew(
  runs: Pick<TenantRuntime, 'events'>,
  open: readonly OpenWait[],
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const next = async ({ id, lastSeq }: Run): Promise<void> => {
    for await (const _event of runs.events(id, { after: lastSeq, signal: either })) return;
  };
  try {
    await Promise.race(open.map(({ run }) => next(run)));
    signal.throwIfAborted();
  } finally {
    over.abort();
  }
}

/** Whether an agent answers to a schema. */
async function hasSchema({ definitions }: TenantRuntime, { subject }: Run): Promise<boolean> {
  try {
    const { definition } = await definitions.get('agent', subject.name);
    return (definition as AgentDefinition).output !== undefined; // of that kind
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_AGENT_UNKNOWN')) throw error;
    return true; // it is gone, and nobody knows
  }
}
