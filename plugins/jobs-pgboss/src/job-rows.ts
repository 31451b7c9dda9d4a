import type { Json, JsonObject } from '@agent-factory/sdk';
import {
  jobsErrors,
  type Job,
  type JobBackoff,
  type JobFailure,
  type JobState,
} from '@agent-factory/sdk/contracts';
import { schema } from './boss-link.ts';

/**
 * What pg-boss keeps as a job's data. JSON of others lies in it as text, because PostgreSQL's jsonb refuses some of
 * it (NUL) and changes the rest (order of keys, numbers).
 */
export interface Envelope {
  /** The job's data. */
  readonly d: string;
  /** Attempts allowed, and how to wait between them. */
  readonly a: number;
  readonly b: Required<JobBackoff>;
  /** How many times the job was handed out without counting as an attempt of now. */
  readonly o: number;
  /** Its children, in order. */
  readonly c?: readonly string[];
  /** Progress. */
  readonly p?: string;
}

/** What pg-boss keeps of how a job ended: a result, a failure of ours, or its own words. */
export interface Outcome {
  readonly r?: string;
  readonly e?: JobFailure;
  readonly value?: unknown;
}

/** One row of pg-boss's table. */
export interface JobRow {
  readonly id: string;
  readonly queue: string;
  readonly tenant: string;
  readonly data: Envelope;
  readonly output: Outcome | null;
  readonly state: JobState;
  readonly priority: number;
  readonly retryCount: number;
  readonly begun: boolean;
  readonly createdAt: number;
  readonly endedAt: number | null;
}

/** SQL for a job's state in the contract's words. */
export const stateSql = `CASE state::text WHEN 'active' THEN 'active' WHEN 'completed' THEN 'completed'
    WHEN 'failed' THEN 'dead' WHEN 'cancelled' THEN 'cancelled'
    ELSE CASE WHEN blocked THEN 'blocked' WHEN start_after > clock_timestamp() THEN 'delayed' ELSE 'waiting' END END`;

/** SQL that gives {@link JobRow}s; add a condition. */
export const selectJobs: string = `SELECT id::text AS id, name AS queue, group_id AS tenant, data, output, ${stateSql} AS state,
    priority, retry_count AS "retryCount", started_on IS NOT NULL AS begun,
    (extract(epoch FROM created_on) * 1000)::float8 AS "createdAt",
    (extract(epoch FROM completed_on) * 1000)::float8 AS "endedAt" FROM ${schema}.job`;

/** Reads one row. */
export function readJob(row: JobRow): Job {
  const { data, output, endedAt } = row;
  const ended = row.state === 'completed';
  const error = ended || row.state === 'cancelled' ? undefined : readFailure(row.id, output);
  return {
    id: row.id,
    queue: row.queue,
    tenant: row.tenant,
    data: JSON.parse(data.d) as JsonObject, // written by the intake
    state: row.state,
    priority: row.priority,
    attempt: row.begun ? row.retryCount + 1 - data.o : 0,
    attempts: data.a,
    ...(data.p !== undefined && { progress: JSON.parse(data.p) as Json }),
    ...(ended && output?.r !== undefined && { result: JSON.parse(output.r) as Json }),
    ...(error && { error }),
    createdAt: Math.floor(row.createdAt),
    ...(endedAt !== null && { endedAt: Math.floor(endedAt) }),
  };
}

function readFailure(job: string, output: Outcome | null): JobFailure | undefined {
  if (!output || output.r !== undefined) return undefined;
  if (output.e) return output.e;
  // pg-boss itself fails jobs only when their worker is not heard of any more.
  const { code } = jobsErrors.AF_JOB_LOST({ job, ms: 0 });
  return { code, message: 'Its worker gave no sign of life.' };
}
