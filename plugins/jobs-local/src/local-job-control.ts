import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  checkJobQuery,
  checkQueueName,
  jobsErrors,
  retryLocked,
  type JobControl,
  type JobState,
  type SqlTransaction,
  type SqlValue,
} from '@agent-factory/sdk/contracts';
import { failParents } from './job-endings.ts';
import { jobOf, type JobRow } from './job-rows.ts';
import { byIndex } from './job-statements.ts';
import type { JobsCore } from './jobs-core.ts';

/** Creates what looks after jobs. */
export function createLocalJobControl(core: JobsCore): JobControl {
  const { storage, sql, announcer, held } = core;
  const current = `CASE WHEN state = 'delayed' AND run_at <= ${sql.now} THEN 'waiting' ELSE state END`;
  const columns =
    `id, queue, tenant, data, priority, attempt, attempts, ${current} AS state,` +
    ' progress, result, error, created_at, ended_at';

  /** Families meet in the rows of their parents. */
  const inTransaction = <T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T> =>
    retryLocked(storage, () => storage.transaction(work));

  const setPaused = async (queue: string, paused: 0 | 1): Promise<void> => {
    checkQueueName(queue);
    await storage.execute(
      'INSERT INTO af_jobs_local_queues (name, paused) VALUES (?, ?)' +
        ' ON CONFLICT (name) DO UPDATE SET paused = excluded.paused',
      [queue, paused],
    );
  };

  return {
    async get(id) {
      const rows = await storage.query<JobRow>(`SELECT ${columns} FROM af_jobs_local_jobs WHERE id = ?`, [
        id,
      ]);
      return rows[0] && jobOf(rows[0]);
    },
    async list(query = {}) {
      const { limit, before, ...wanted } = checkJobQuery(query);
      const conditions = ['1 = 1'];
      const params: SqlValue[] = [];
      const where = (condition: string, value?: SqlValue): void => {
        conditions.push(condition);
        if (value !== undefined) params.push(value);
      };
      if (wanted.queue !== undefined) where('queue = ?', wanted.queue);
      if (wanted.tenant !== undefined) where('tenant = ?', wanted.tenant);
      if (wanted.state === 'waiting')
        where(`(state = 'waiting' OR (state = 'delayed' AND run_at <= ${sql.now}))`);
      else if (wanted.state === 'delayed') where(`state = 'delayed' AND run_at > ${sql.now}`);
      else if (wanted.state !== undefined) where('state = ?', wanted.state);
      if (before !== undefined) where('id < ?', before);
      const rows = await storage.query<JobRow>(
        `SELECT ${columns} FROM af_jobs_local_jobs WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT ? + 0`,
        [...params, limit],
      );
      return rows.map(jobOf);
    },
    async stats() {
      const rows = await storage.query<{ queue: string; state: JobState; n: number }>(
        // State by state, as the indexes are.
        `${(['waiting', 'delayed', 'active', 'blocked'] as const)
          .map(
            (state) =>
              `SELECT queue, '${state}' AS state, COUNT(*) AS n FROM af_jobs_local_jobs WHERE state = '${state}' GROUP BY queue`,
          )
          .join(' UNION ALL ')} UNION ALL SELECT queue, state, COUNT(*) AS n FROM af_jobs_local_jobs
          WHERE ended_at IS NOT NULL GROUP BY queue, state ORDER BY queue`,
      );
      const due = await storage.query<{ queue: string; n: number }>(
        `SELECT queue, COUNT(*) AS n FROM af_jobs_local_jobs WHERE state = 'delayed' AND run_at <= ${sql.now} GROUP BY queue`,
      );
      const paused = await storage.query<{ name: string }>(
        'SELECT name FROM af_jobs_local_queues WHERE paused = 1',
      );
      return [...new Set(rows.map(({ queue }) => queue))].map((queue) => {
        const counts = { waiting: 0, delayed: 0, active: 0, blocked: 0, completed: 0, dead: 0, cancelled: 0 };
        for (const row of rows) if (row.queue === queue) counts[row.state] = row.n;
        const nowDue = Math.min(counts.delayed, due.find((row) => row.queue === queue)?.n ?? 0);
        counts.delayed -= nowDue;
        counts.waiting += nowDue;
        return { queue, paused: paused.some(({ name }) => name === queue), counts };
      });
    },
    async cancel(id) {
      const cancelled = await inTransaction(async (tx) => {
        const [row] = await tx.query<{ parent_id: string | null }>(
          `UPDATE af_jobs_local_jobs SET state = 'cancelled', ended_at = ${sql.now}, lease_until = NULL
            WHERE id = ? AND state IN ('waiting', 'delayed', 'active', 'blocked') RETURNING parent_id`,
          [id],
        );
        if (row !== undefined) await failParents(tx, sql, row.parent_id, id, 'cancelled');
        return row !== undefined;
      });
      if (!cancelled) return false;
      const job = held.byId(id);
      if (job !== undefined) held.lose(job, jobsErrors.AF_JOB_CANCELLED({ job: id }));
      else announcer.ended();
      return true;
    },
    async redrive(id) {
      try {
        const queue = await inTransaction(async (tx) => {
          if (sql.lockRow !== undefined) await tx.query(sql.lockRow, [id]);
          const [child] = await tx.query<{ id: string; state: JobState }>(
            `SELECT id, state FROM af_jobs_local_jobs${byIndex(storage.dialect, 'parent')}
              WHERE parent_id = ? AND state IN ('dead', 'cancelled') LIMIT 1`,
            [id],
          );
          const [row] = await tx.query<{ queue: string }>(
            `UPDATE af_jobs_local_jobs SET state = CASE WHEN children_left > 0 THEN 'blocked' ELSE 'waiting' END,
              attempt = 0, run_at = ${sql.now}, ended_at = NULL, error = NULL, result = NULL
              WHERE id = ? AND state IN ('dead', 'cancelled') RETURNING queue`,
            [id],
          );
          if (row === undefined) return undefined;
          if (child !== undefined)
            throw jobsErrors.AF_JOB_CHILD_FAILED({ job: id, child: child.id, state: child.state });
          return row.queue;
        });
        if (queue !== undefined) announcer.added(queue, 0);
        return queue !== undefined;
      } catch (error) {
        // Another unfinished job has its key.
        if (isAgentFactoryError(error, 'AF_STORAGE_CONSTRAINT')) return false;
        throw error;
      }
    },
    pause: (queue) => setPaused(queue, 1),
    async resume(queue) {
      await setPaused(queue, 0);
      announcer.added(queue, 0);
    },
  };
}
