import { databaseNow, type SqlDialect } from '@agent-factory/sdk/contracts';
import { jobColumns } from './job-rows.ts';

/** Milliseconds after a call to work was sent until somebody looks whether it was forgotten. */
export const graceMs = 5000;
/** Milliseconds between such looks at a job that is known to Redis. */
export const recheckMs = 60_000;

/**
 * Holds for a job in this state, where jobs are named by their ids. Written so that only the primary key serves the
 * statement: PostgreSQL would else read the index of all that are waiting too, for every ten that are claimed.
 */
export function inState(state: 'waiting' | 'active'): string {
  return `COALESCE(state, '') = '${state}'`;
}

/** The statements of the ledger, in the words of one engine. */
export interface LedgerSql {
  readonly now: string;
  readonly columns: string;
  /** What a call to work is made of. */
  readonly call: string;
  /** `IN (…)` over a JSON array of ids. */
  readonly inIds: string;
  readonly insert: string;
  /** Puts in jobs that wait, without key and children; a job is `[id, queue, tenant, …]`, as `insertMany` in the ledger has it. */
  readonly insertMany: string;
  /** Makes jobs the children of another, in order. */
  readonly adopt: string;
  readonly claim: string;
  readonly complete: string;
  readonly fail: string;
  readonly bury: string;
  readonly release: string;
  readonly renew: string;
  readonly look: string;
  readonly expire: string;
}

/** Writes the statements. Lists of jobs come as one JSON parameter, so that each statement is prepared once. */
export function createLedgerSql(dialect: SqlDialect): LedgerSql {
  const sqlite = dialect === 'sqlite';
  const now = databaseNow(dialect);
  const columns = jobColumns(now);
  const items = sqlite ? 'json_each(?) AS e' : 'jsonb_array_elements(CAST(? AS jsonb)) AS e(value)';
  const inIds = sqlite
    ? 'IN (SELECT value FROM json_each(?))'
    : '= ANY (ARRAY(SELECT json_array_elements_text(CAST(? AS json))))';
  const call = `id, queue, dispatch, priority, CASE WHEN dispatch = 0 THEN packet END AS packet,
    run_at - ${now} AS delay`;
  const given = `WITH given AS (SELECT e.value->>0 AS job, CAST(e.value->>1 AS BIGINT) AS held, e.value->>2 AS gave
    FROM ${items})`;
  // The list keeps PostgreSQL from reading the whole table while it knows little of it.
  const listed = sqlite ? '' : 'id = ANY (ARRAY(SELECT job FROM given)) AND ';
  const held = `${listed}id = given.job AND fence = given.held AND ${inState('active')}`;
  const mine = `id = ? AND fence = ? AND ${inState('active')}`;
  const again = `state = 'waiting', dispatch = dispatch + 1`;
  return {
    now,
    columns,
    call,
    inIds,
    insert: `INSERT INTO af_jobs_bullmq_jobs (id, queue, tenant, data, state, priority, attempt, attempts, backoff,
        dedupe_key, children, has_parent, packet, parked, fence, dispatch, run_at, check_at, created_at)
      VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, 0, 0, 0, ${now} + ?, ? * (${now} + ?), ${now})
      ON CONFLICT DO NOTHING`,
    insertMany: `INSERT INTO af_jobs_bullmq_jobs (id, queue, tenant, data, state, priority, attempt, attempts, backoff,
        children, has_parent, packet, parked, fence, dispatch, run_at, check_at, created_at)
      SELECT e.value->>0, e.value->>1, e.value->>2, e.value->>3, 'waiting', CAST(e.value->>4 AS INTEGER), 0,
        CAST(e.value->>5 AS INTEGER), e.value->>6, 0, 0, e.value->>7, 0, 0, 0,
        t.now + CAST(e.value->>8 AS BIGINT), t.now + CAST(e.value->>8 AS BIGINT) + ${graceMs}, t.now
      FROM ${items}, (SELECT ${now} AS now) AS t`,
    adopt: `INSERT INTO af_jobs_bullmq_children (parent, position, child)
      SELECT ?, ${sqlite ? 'e.key' : 'e.ordinality'}, e.value
      FROM ${sqlite ? 'json_each(?) AS e' : 'json_array_elements_text(CAST(? AS json)) WITH ORDINALITY AS e(value, ordinality)'}`,
    claim: `UPDATE af_jobs_bullmq_jobs
      SET state = 'active', attempt = attempt + 1, fence = fence + 1, parked = 0, check_at = ${now} + ?
      WHERE id ${inIds} AND ${inState('waiting')} AND run_at <= ${now}
        AND NOT EXISTS (SELECT 1 FROM af_jobs_bullmq_queues q WHERE q.name = queue AND q.paused = 1)
      RETURNING ${columns}`,
    complete: `${given} UPDATE af_jobs_bullmq_jobs
      SET state = 'completed', result = given.gave, error = NULL, ended_at = ${now}
      FROM given WHERE ${held}
      RETURNING id, has_parent`,
    fail: `UPDATE af_jobs_bullmq_jobs
      SET ${again}, error = ?, run_at = ${now} + ?, check_at = ${now} + ? + ${graceMs}
      WHERE ${mine} RETURNING ${call}`,
    bury: `UPDATE af_jobs_bullmq_jobs SET state = 'dead', error = ?, ended_at = ${now}
      WHERE ${mine} RETURNING id, has_parent`,
    release: `UPDATE af_jobs_bullmq_jobs
      SET ${again}, attempt = attempt - 1, run_at = ${now}, check_at = ${now} + ${graceMs}
      WHERE ${mine} RETURNING ${call}`,
    renew: `${given} UPDATE af_jobs_bullmq_jobs SET check_at = ${now} + ?
      FROM given WHERE ${held} RETURNING id`,
    look: `${given} SELECT id FROM af_jobs_bullmq_jobs, given WHERE ${held}`,
    expire: `UPDATE af_jobs_bullmq_jobs
      SET state = CASE WHEN attempt >= attempts THEN 'dead' ELSE 'waiting' END,
        ended_at = CASE WHEN attempt >= attempts THEN ${now} ELSE NULL END,
        error = ?, dispatch = dispatch + 1, run_at = ${now}, check_at = ${now} + ${graceMs}
      WHERE state = 'active' AND check_at <= ${now} AND id IN (
        SELECT id FROM af_jobs_bullmq_jobs WHERE state = 'active' AND check_at <= ${now} LIMIT 500)
      RETURNING ${call}, state, has_parent`,
  };
}
