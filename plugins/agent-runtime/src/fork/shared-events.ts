import type { RunEvent, RunEventData } from '@agent-factory/sdk/domain';
import { openEvents } from './open-events.ts';

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
 * The events before a place, without what had begun and not ended there: that happens anew, and whoever was asked about
 * it is asked again. They are of now, so that what waits for a time, or may take one only, has all of it.
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
  const isWaitShared = isResumed && !isAskedAnew(before[lastWait], open);
  const kept = before.filter((event, index) => {
    if (event.type === 'run.cancelling') return false;
    if (index === lastWait || (index > lastWait && event.type === 'run.resumed')) return isWaitShared;
    return !open.has(event);
  });
  return kept.map((event, index) => {
    const data = index === 0 ? created(kept.length) : movedData(event, now - event.at, origin, runId);
    return { ...event, runId, seq: index + 1, at: now, data } as RunEvent; // of the same type
  });
}

/** Whether all that a run waited for are answers about what happens anew. */
function isAskedAnew(wait: RunEvent | undefined, open: ReadonlySet<RunEvent>): boolean {
  if (wait?.type !== 'run.waiting') return false;
  const asked = new Set<string>();
  for (const { type, data } of open) {
    if (type === 'approval.requested') asked.add(data.approvalId);
    if (type === 'decision.requested') asked.add(data.callId);
  }
  return wait.data.for.every(
    (one) =>
      (one.kind === 'approval' && asked.has(one.approvalId)) ||
      (one.kind === 'decision' && asked.has(one.callId)),
  );
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
