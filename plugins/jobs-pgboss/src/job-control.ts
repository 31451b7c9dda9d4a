import {
  checkJobQuery,
  checkQueueName,
  jobsErrors,
  jobStates,
  type JobControl,
  type JobState,
  type QueueStats,
} from '@agent-factory/sdk/contracts';
import { schema, type BossLink } from './boss-link.ts';
import type { JobFamilies } from './job-families.ts';
import { readJob, selectJobs, stateSql, type JobRow } from './job-rows.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Creates the control, on pg-boss's own table. */
export function createJobControl(link: BossLink, families: JobFamilies): JobControl {
  const { boss, query } = link;
  const tell = (text: string): Promise<unknown> => query('SELECT pg_notify($1, $2)', [schema, text]);

  const find = async (id: string): Promise<JobRow | undefined> =>
    uuid.test(id) ? (await query<JobRow>(`${selectJobs} WHERE id = $1::uuid`, [id]))[0] : undefined;

  const refuseWhileChildFails = async (job: string, children: readonly string[]): Promise<void> => {
    const [failed] = await query<{ child: string; state: string }>(
      `SELECT id::text AS child, ${stateSql} AS state FROM ${schema}.job
        WHERE id = ANY($1::uuid[]) AND state IN ('failed', 'cancelled') LIMIT 1`,
      [children],
    );
    if (failed) throw jobsErrors.AF_JOB_CHILD_FAILED({ job, ...failed });
  };

  /** Has a job wait again for those of its children that are not completed, or whose end it was not told of yet. */
  const blockAgain = async (id: string, children: readonly string[]): Promise<void> => {
    await query(
      `WITH open AS (UPDATE ${schema}.job SET blocking = true
          WHERE id = ANY($2::uuid[]) AND (state <> 'completed' OR blocking) RETURNING id)
        UPDATE ${schema}.job SET pending_dependencies = (SELECT count(*) FROM open),
          blocked = (SELECT count(*) FROM open) > 0 WHERE id = $1::uuid`,
      [id, children],
    );
    await families.completed();
  };

  return {
    async get(id) {
      const row = await find(id);
      return row && readJob(row);
    },
    async list(asked = {}) {
      const { queue, tenant, state, limit, before } = checkJobQuery(asked);
      if (before !== undefined && !uuid.test(before)) return [];
      const values: unknown[] = [limit];
      const where = (condition: string, value: unknown): string => {
        if (value === undefined) return 'true';
        values.push(value);
        return condition.replace('?', `$${values.length}`);
      };
      const rows = await query<JobRow>(
        `${selectJobs} WHERE ${[
          where('name = ?', queue),
          where('group_id = ?', tenant),
          where(`${stateSql} = ?`, state),
          where('id < ?::uuid', before),
        ].join(' AND ')} ORDER BY id DESC LIMIT $1`,
        values,
      );
      return rows.map(readJob);
    },
    async stats() {
      const rows = await query<{ queue: string; state: JobState; jobs: number; paused: boolean }>(
        `SELECT j.queue, j.state, j.jobs, COALESCE(q.paused, false) AS paused FROM (
          SELECT name AS queue, ${stateSql} AS state, count(*)::int AS jobs FROM ${schema}.job GROUP BY 1, 2) j
          LEFT JOIN ${schema}.af_queues q ON q.name = j.queue`,
      );
      const stats = [...Map.groupBy(rows, (row) => row.queue)].map(([queue, found]): QueueStats => {
        const counts = Object.fromEntries(jobStates.map((state) => [state, 0])) as Record<JobState, number>; // every state
        for (const { state, jobs } of found) counts[state] = jobs;
        return { queue, paused: found[0]?.paused ?? false, counts };
      });
      return stats.sort((a, b) => (a.queue < b.queue ? -1 : 1));
    },
    async cancel(id) {
      const job = await find(id);
      if (!job) return false;
      const response = await boss.cancel(job.queue, id);
      if (!('affected' in response) || response.affected === 0) return false;
      await tell(`c:${id}`);
      await families.failed();
      return true;
    },
    async redrive(id) {
      const job = await find(id);
      if (!job || (job.state !== 'dead' && job.state !== 'cancelled')) return false;
      const { c: children } = job.data;
      if (children) await refuseWhileChildFails(id, children);
      const rows = await query(
        `UPDATE ${schema}.job j SET state = CASE WHEN started_on IS NULL THEN 'created' ELSE 'retry' END::${schema}.job_state,
            retry_limit = CASE WHEN started_on IS NULL THEN $3::int - 1 ELSE retry_count + $3::int END,
            data = jsonb_set(data - 'p', '{o}', to_jsonb(CASE WHEN started_on IS NULL THEN 0 ELSE retry_count + 1 END)),
            output = NULL, completed_on = NULL, heartbeat_on = NULL, start_after = clock_timestamp(), blocked = $4
          WHERE name = $1 AND id = $2::uuid AND state IN ('failed', 'cancelled') AND NOT EXISTS (
            SELECT 1 FROM ${schema}.job o WHERE o.name = j.name AND o.singleton_key = j.singleton_key
              AND o.state <= 'active' AND o.policy = 'exclusive')
          RETURNING id`,
        [job.queue, id, job.data.a, children !== undefined],
      ).catch((error: unknown) => {
        // Another unfinished job got the key at the same moment.
        if (error instanceof Error && 'code' in error && error.code === '23505') return [];
        throw error;
      });
      if (rows.length === 0) return false;
      if (children) await blockAgain(id, children);
      await tell(`q:${job.queue}`);
      return true;
    },
    async pause(queue) {
      checkQueueName(queue);
      await query(
        `INSERT INTO ${schema}.af_queues (name, paused) VALUES ($1, true) ON CONFLICT (name) DO UPDATE SET paused = true`,
        [queue],
      );
    },
    async resume(queue) {
      checkQueueName(queue);
      await query(`UPDATE ${schema}.af_queues SET paused = false WHERE name = $1`, [queue]);
      await tell(`q:${queue}`);
    },
  };
}
