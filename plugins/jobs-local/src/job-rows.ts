import type { Job, JobState } from '@agent-factory/sdk/contracts';

/** A job as its table shows it; `state` is what it is at this moment. */
export interface JobRow {
  readonly id: string;
  readonly queue: string;
  readonly tenant: string;
  readonly data: string;
  readonly priority: number;
  readonly attempt: number;
  readonly attempts: number;
  readonly state: JobState;
  readonly progress: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly created_at: number;
  readonly ended_at: number | null;
}

/** A job that was handed out to this process. */
export interface ClaimedRow extends JobRow {
  readonly backoff: string | null;
  readonly fence: number;
  readonly parent_id: string | null;
  readonly children: number;
}

/** The job of a row. */
export function jobOf(row: JobRow): Job {
  const { id, queue, tenant, state, priority, attempt, attempts, created_at: createdAt } = row;
  return {
    id,
    queue,
    tenant,
    // Texts in these columns are written by this plugin alone.
    data: JSON.parse(row.data) as Job['data'],
    state,
    priority,
    attempt,
    attempts,
    ...(row.progress !== null && { progress: JSON.parse(row.progress) as NonNullable<Job['progress']> }),
    ...(row.result !== null && { result: JSON.parse(row.result) as NonNullable<Job['result']> }),
    ...(row.error !== null && { error: JSON.parse(row.error) as NonNullable<Job['error']> }),
    createdAt,
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
  };
}
