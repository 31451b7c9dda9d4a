import { errors } from '../error-table.ts';
import type { RunEvent, RunEventData, RunEventType } from './event.ts';
import type { Run, RunCost, RunStatus, Usage } from './run.ts';

/** No tokens at all. */
export const emptyUsage: Usage = Object.freeze({ inputTokens: 0, outputTokens: 0 });

/** Tokens of two calls together. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum: { -readonly [Key in keyof Usage]: Usage[Key] } = {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
  for (const kind of ['cachedInputTokens', 'cacheWriteTokens', 'reasoningTokens'] as const) {
    if (a[kind] !== undefined || b[kind] !== undefined) sum[kind] = (a[kind] ?? 0) + (b[kind] ?? 0);
  }
  return sum;
}

/** Money of two parts of a run together; left out where neither asked a model. */
export function addCost(a: RunCost | undefined, b: RunCost | undefined): RunCost | undefined {
  if (!a || !b) return a ?? b;
  return { nanoUsd: a.nanoUsd + b.nanoUsd, unpriced: a.unpriced + b.unpriced };
}

/** What an event changes in a run, besides `lastSeq`. */
type Change = Partial<Run>;

interface OfTurn {
  readonly turn: number;
  readonly path?: string;
}

interface Transition<Type extends RunEventType> {
  /** Statuses in which the event can happen. */
  readonly from: readonly RunStatus[];
  /** A string says why the event cannot happen. */
  readonly change: (run: Run, data: RunEventData[Type], at: number) => Change | string;
}

const working: readonly RunStatus[] = ['running'];
const unfinished: readonly RunStatus[] = ['queued', 'running', 'waiting'];
const nothing: Change = {};
const whileWorking = { from: working, change: () => nothing } as const;
const fromOutside = { from: unfinished, change: () => nothing } as const;

const transitions: { readonly [Type in Exclude<RunEventType, 'run.created'>]: Transition<Type> } = {
  'run.started': {
    from: ['queued', 'running'],
    change: (run, _data, at) => ({ status: 'running', startedAt: run.startedAt ?? at }),
  },
  'run.waiting': {
    from: working,
    change: (_run, { for: waitingFor, wakeAt }) => ({
      status: 'waiting',
      waitingFor,
      ...(wakeAt !== undefined && { wakeAt }),
    }),
  },
  'run.resumed': { from: ['waiting'], change: () => ({ status: 'running' }) },
  'run.cancelling': { from: unfinished, change: () => nothing },
  'run.succeeded': {
    from: working,
    change: (_run, { output, citations }, at) => ({ status: 'succeeded', output, citations, endedAt: at }),
  },
  'run.failed': {
    from: unfinished,
    change: (_run, { error }, at) => ({ status: 'failed', error, endedAt: at }),
  },
  'run.cancelled': { from: unfinished, change: (_run, _data, at) => ({ status: 'cancelled', endedAt: at }) },
  'model.requested': {
    from: working,
    change: (run, { turn }) =>
      turn >= 1 && turn <= run.turns + 1
        ? { turns: Math.max(turn, run.turns) }
        : `it asks for turn ${turn} and the run is at turn ${run.turns}`,
  },
  'message.delta': { from: working, change: ofThisTurn(() => nothing) },
  'tool.delta': { from: working, change: ofThisTurn(() => nothing) },
  'model.responded': {
    from: working,
    change: ofThisTurn<'model.responded'>((run, { usage, costNanoUsd }) => ({
      usage: addUsage(run.usage, usage),
      ...costAfter(run, { nanoUsd: costNanoUsd ?? 0, unpriced: costNanoUsd === undefined ? 1 : 0 }),
    })),
  },
  'model.failed': { from: working, change: ofThisTurn(() => nothing) },
  'tool.started': {
    from: working,
    change: ofThisTurn<'tool.started'>((run, { attempt }) =>
      attempt === 1 ? { toolCalls: run.toolCalls + 1 } : nothing,
    ),
  },
  'tool.finished': { from: working, change: ofThisTurn(() => nothing) },
  'tool.reported': { from: working, change: ofThisTurn(() => nothing) },
  'tool.retried': { from: working, change: ofThisTurn(() => nothing) },
  'memory.read': whileWorking,
  'memory.written': whileWorking,
  'guardrail.tripped': whileWorking,
  'output.rejected': whileWorking,
  handoff: whileWorking,
  'child.started': whileWorking,
  'child.finished': {
    from: working,
    change: (run, { usage, cost }) => ({ usage: addUsage(run.usage, usage), ...costAfter(run, cost) }),
  },
  'step.started': whileWorking,
  'step.finished': whileWorking,
  'step.retried': whileWorking,
  'step.skipped': whileWorking,
  'route.decided': whileWorking,
  'approval.requested': whileWorking,
  'approval.resolved': fromOutside,
  'decision.requested': whileWorking,
  'decision.resolved': fromOutside,
  'event.received': fromOutside,
};

/**
 * The run after one more event; the run given is not changed. A run is rebuilt by applying all of its events:
 * the first, `run.created`, to `undefined`. Throws AF_RUN_EVENT_GAP when the number does not follow, and
 * AF_RUN_EVENT_IMPOSSIBLE when the event cannot happen to the run as it stands.
 *
 * @example
 * ```ts
 * declare const events: readonly RunEvent[];
 * let run: Run | undefined;
 * for (const event of events) run = applyEvent(run, event);
 * ```
 */
export function applyEvent(run: Run | undefined, event: RunEvent): Run {
  const last = run?.lastSeq ?? 0;
  if (event.seq !== last + 1 || (run !== undefined && run.id !== event.runId)) {
    throw errors.AF_RUN_EVENT_GAP({
      seq: event.seq,
      run: event.runId,
      last: run ? `${last} of ${run.id}` : last,
    });
  }
  if (event.type === 'run.created') {
    if (run) throw impossible(event, 'it was created before');
    return created(event);
  }
  if (!run) throw impossible(event, 'it was never created');
  // The table pairs each type with a transition for that type's data, which TypeScript cannot follow here.
  const transition = transitions[event.type] as Transition<RunEventType>;
  if (!transition.from.includes(run.status)) throw impossible(event, `it is ${run.status}`);
  const change = transition.change(run, event.data, event.at);
  if (typeof change === 'string') throw impossible(event, change);
  const next: Run = { ...run, ...change, lastSeq: event.seq };
  if (run.waitingFor === undefined || next.status === 'waiting') return next;
  const { waitingFor: _over, wakeAt: _past, ...rest } = next;
  return rest;
}

function created(event: RunEvent & { readonly type: 'run.created' }): Run {
  const { subject, parent, forkOf, session, user, trace, input, metadata } = event.data;
  return {
    id: event.runId,
    subject,
    ...(parent && { parent }),
    ...(forkOf && { forkOf }),
    ...(session !== undefined && { session }),
    ...(user !== undefined && { user }),
    ...(trace && { trace }),
    status: 'queued',
    input,
    citations: [],
    usage: emptyUsage,
    turns: 0,
    toolCalls: 0,
    ...(metadata && { metadata }),
    createdAt: event.at,
    lastSeq: event.seq,
  };
}

function costAfter(run: Run, more: RunCost | undefined): Change {
  const cost = addCost(run.cost, more);
  return cost ? { cost } : nothing;
}

/** A step's events may come late: others ask models meanwhile. An agent's own belong to its last turn. */
function ofThisTurn<Type extends RunEventType>(
  change: (run: Run, data: RunEventData[Type] & OfTurn) => Change,
): (run: Run, data: RunEventData[Type] & OfTurn) => Change | string {
  return (run, data) =>
    data.turn === run.turns || (data.path !== undefined && data.turn < run.turns)
      ? change(run, data)
      : `it belongs to turn ${data.turn} and the run is at turn ${run.turns}`;
}

function impossible(event: RunEvent, reason: string): Error {
  return errors.AF_RUN_EVENT_IMPOSSIBLE({ seq: event.seq, type: event.type, run: event.runId, reason });
}
