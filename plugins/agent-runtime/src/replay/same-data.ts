import type { RunEventType } from '@agent-factory/sdk/domain';

/** What of an event's data is a time, and so differs each time: names of members, by type. */
const times: { readonly [Type in RunEventType]?: readonly string[] } = {
  'model.responded': ['durationMs'],
  'tool.finished': ['durationMs'],
  'step.finished': ['durationMs'],
  'step.retried': ['at'],
  'approval.requested': ['expiresAt'],
  'run.waiting': ['wakeAt', 'until'],
};

const none: readonly string[] = [];

/** A place in which two values differ. */
export interface Difference {
  /** JSON Pointer. */
  readonly path: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
}

/** Whether an event of a replay is the recorded one, times aside. */
export function isSameData(type: RunEventType, recorded: unknown, replayed: unknown): boolean {
  return differencesIn(type, recorded, replayed, 1).length === 0;
}

/** Where the data of two events of one type differ, times aside; at most `most` places. */
export function differencesIn(
  type: RunEventType,
  recorded: unknown,
  replayed: unknown,
  most: number,
): readonly Difference[] {
  const found: Difference[] = [];
  compare(recorded, replayed, '', times[type] ?? none, found, most);
  return found;
}

function compare(
  recorded: unknown,
  replayed: unknown,
  path: string,
  left: readonly string[],
  found: Difference[],
  most: number,
): void {
  if (recorded === replayed || found.length >= most) return;
  if (!isObject(recorded) || !isObject(replayed) || Array.isArray(recorded) !== Array.isArray(replayed)) {
    found.push({ path, recorded, replayed });
    return;
  }
  // What is undefined is not written as JSON, so it is the same as what is not there.
  for (const key of new Set([...Object.keys(recorded), ...Object.keys(replayed)])) {
    if (left.includes(key) && (typeof recorded[key] === 'number' || typeof replayed[key] === 'number'))
      continue;
    compare(recorded[key], replayed[key], `${path}/${key}`, left, found, most);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
