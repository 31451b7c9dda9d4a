import type { RunEvent, RunEventData } from '@agent-factory/sdk/domain';

/** What is taken over of a run: its events up to a place, as events of another run. */
export interface SharedStart {
  readonly runId: string;
  /** Number of the first event that is not taken over. */
  readonly from: number;
  /** How the fork is created, with that many events shared. */
  readonly created: (shared: number) => RunEventData['run.created'];
  /** When the fork is made, in milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The events before a place, without what had begun and not ended there: that happens anew. They are of now, so that
 * what waits for a time, or may take one only, has all of it.
 */
export function sharedEvents(
  events: readonly RunEvent[],
  { runId, from, created, now }: SharedStart,
): readonly RunEvent[] {
  const before = events.slice(0, from - 1);
  const origin = events[0]?.runId ?? '';
  const lastWait = before.findLastIndex(({ type }) => type === 'run.waiting');
  const isResumed = before.some(({ type }, index) => index > lastWait && type === 'run.resumed');
  const open = openEvents(before);
  const kept = before.filter((event, index) => {
    if (event.type === 'run.cancelling') return false;
    if (index === lastWait) return isResumed;
    return !open.has(event);
  });
  return kept.map((event, index) => {
    const data = index === 0 ? created(kept.length) : movedData(event, now - event.at, origin, runId);
    return { ...event, runId, seq: index + 1, at: now, data } as RunEvent; // of the same type
  });
}

/** What begins something that has not ended before the place. */
function openEvents(before: readonly RunEvent[]): ReadonlySet<RunEvent> {
  const open = new Set<RunEvent>();
  const ended = new Set<string>();
  for (const event of before.toReversed()) {
    for (const what of endsOf(event)) ended.add(what);
    const begun = beginningOf(event);
    if (begun !== undefined && !ended.has(begun)) open.add(event);
  }
  return open;
}

function endsOf({ type, data }: RunEvent): readonly string[] {
  switch (type) {
    case 'tool.finished':
      return [`call ${data.callId}`];
    case 'child.finished':
      return [`child ${data.path}`];
    case 'model.responded':
    case 'model.failed':
      return [`turn ${data.turn}`, `question ${data.turn} ${data.path ?? ''}`];
    default:
      return [];
  }
}

/** What it is a beginning or a piece of; a piece of an answer does not name the path of its question. */
function beginningOf({ type, data }: RunEvent): string | undefined {
  switch (type) {
    case 'tool.started':
    case 'tool.retried':
      return `call ${data.callId}`;
    case 'child.started':
      return `child ${data.path}`;
    case 'model.requested':
      return `question ${data.turn} ${data.path ?? ''}`;
    case 'message.delta':
    case 'tool.delta':
      return `turn ${data.turn}`;
    default:
      return undefined;
  }
}

function movedData(event: RunEvent, moved: number, origin: string, runId: string): object {
  switch (event.type) {
    case 'tool.started': {
      const { idempotencyKey: key } = event.data;
      const own = key.startsWith(`${origin}:`) ? `${runId}${key.slice(origin.length)}` : key;
      return { ...event.data, idempotencyKey: own };
    }
    case 'approval.requested': {
      const { expiresAt } = event.data;
      return expiresAt === undefined ? event.data : { ...event.data, expiresAt: expiresAt + moved };
    }
    case 'step.retried':
      return { ...event.data, at: event.data.at + moved };
    default:
      return event.data;
  }
}
