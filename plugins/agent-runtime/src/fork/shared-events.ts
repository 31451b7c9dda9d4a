import type { RunEvent, RunEventData } from '@agent-factory/sdk/domain';

/** What is taken over of a run: its events up to a place, as events of another run. */
export interface SharedStart {
  readonly runId: string;
  /** Number of the first event that is not taken over. */
  readonly from: number;
  readonly created: RunEventData['run.created'];
  /** When the fork is made, in milliseconds since the epoch. */
  readonly now: number;
}

type Named = { readonly callId?: string; readonly path?: string; readonly turn?: number };

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
  const kept = before.filter((event, index) => {
    if (event.type === 'run.cancelling') return false;
    if (index === lastWait) return isResumed;
    return !isOpen(before, event, index);
  });
  return kept.map((event, index) => {
    const data = index === 0 ? created : movedData(event, now - event.at, origin, runId);
    return { ...event, runId, seq: index + 1, at: now, data } as RunEvent; // of the same type
  });
}

/** Whether an event begins something that has not ended before the place. */
function isOpen(before: readonly RunEvent[], event: RunEvent, index: number): boolean {
  const endedBy = (types: readonly RunEvent['type'][], key: keyof Named): boolean =>
    before.some(
      (later, at) =>
        at > index && types.includes(later.type) && (later.data as Named)[key] === (event.data as Named)[key],
    );
  switch (event.type) {
    case 'tool.started':
    case 'tool.retried':
      return !endedBy(['tool.finished'], 'callId');
    case 'child.started':
      return !endedBy(['child.finished'], 'path');
    case 'model.requested':
    case 'message.delta':
    case 'tool.delta':
      return !before.some(
        ({ type, data }, at) =>
          at > index &&
          (type === 'model.responded' || type === 'model.failed') &&
          (data as Named).turn === event.data.turn &&
          (event.type !== 'model.requested' || (data as Named).path === event.data.path),
      );
    default:
      return false;
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
