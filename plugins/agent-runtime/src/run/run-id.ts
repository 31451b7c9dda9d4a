import { randomUUID } from 'node:crypto';

/** A new id of a run. Ids sort by the time of creation, so that new runs lie together in an index. */
export function newRunId(): string {
  return `run_${Date.now().toString(36).padStart(9, '0')}${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}
