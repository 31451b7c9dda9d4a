import type { Json, JsonObject } from '@agent-factory/sdk';
import type { Job, JobFailure, JobState } from '@agent-factory/sdk/contracts';

/** What the table of jobs tells about one. */
export interface JobRow {
  readonly id: string;
  readonly queue: string;
  readonly tenant: string;
  readonly data: string;
  readonly state: string;
  readonly priority: number;
  readonly attempt: number;
  readonly attempts: number;
  readonly backoff: string;
  readonly fence: number;
  readonly has_parent: number;
  readonly children: number;
  readonly progress: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly created_at: number;
  readonly ended_at: number | null;
  /** 1 while a waiting job's time has not come. */
  readonly early: number;
}

/** The columns of {@link JobRow}; `now` is SQL for the time. */
export function jobColumns(now: string): string {
  return `id, queue, tenant, data, state, priority, attempt, attempts, backoff, fence, has_parent, children, progress,
    result, error, created_at, ended_at, CASE WHEN run_at > ${now} THEN 1 ELSE 0 END AS early`;
}

/** Reads one row. The texts of JSON in it were written by this plugin. */
export function readJob(row: JobRow): Job {
  const { progress, error } = row;
  const result = readResult(row.result);
  return {
    id: row.id,
    queue: row.queue,
    tenant: row.tenant,
    data: JSON.parse(row.data) as JsonObject,
    state: row.state === 'waiting' && row.early === 1 ? 'delayed' : (row.state as JobState),
    priority: row.priority,
    attempt: row.attempt,
    attempts: row.attempts,
    ...(progress !== null && { progress: JSON.parse(progress) as Json }),
    ...(result !== undefined && { result }),
    ...(error !== null && { error: JSON.parse(error) as JobFailure }),
    createdAt: row.created_at,
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
  };
}

/** A result lies in an array of its own, so that `null` differs from none. */
export function readResult(text: string | null): Json | undefined {
  return text === null ? undefined : (JSON.parse(text) as readonly Json[])[0];
}
