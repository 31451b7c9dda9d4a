import { jsonChanges, type Json, type JsonChange } from '@agent-factory/sdk';
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

/** Whether an event of a replay is the recorded one, times aside. */
export function isSameData(type: RunEventType, recorded: unknown, replayed: unknown): boolean {
  return differencesIn(type, recorded, replayed).length === 0;
}

/** Where the data of two events of one type differ, times aside. */
export function differencesIn(
  type: RunEventType,
  recorded: unknown,
  replayed: unknown,
): readonly JsonChange[] {
  const left = times[type] ?? none;
  // Data of events are JSON.
  return jsonChanges(recorded as Json, replayed as Json).filter(({ path, before, after }) => {
    const isNumber = typeof before === 'number' || typeof after === 'number';
    return !(isNumber && left.includes(path.slice(path.lastIndexOf('/') + 1)));
  });
}
