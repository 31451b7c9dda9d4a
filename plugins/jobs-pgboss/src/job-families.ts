import { jobsErrors } from '@agent-factory/sdk/contracts';
import { schema, type BossLink } from './boss-link.ts';

/** What becomes of jobs that wait for others. */
export interface JobFamilies {
  /** Lets begin what waited for jobs that are completed now. */
  completed(): Promise<void>;
  /** Lets die what waits for jobs that died or were cancelled, and what waits for those. */
  failed(): Promise<void>;
}

interface Doomed {
  readonly queue: string;
  readonly job: string;
  readonly child: string;
  readonly state: string;
}

/** Creates the keeper of families. pg-boss frees jobs whose children are completed; that others die is added here. */
export function createJobFamilies({ boss, query }: BossLink): JobFamilies {
  return {
    completed: async () => {
      await boss.resolveFlow();
      const freed = await query<{ name: string }>(
        `SELECT DISTINCT d.child_name AS name FROM ${schema}.job_dependency d
          JOIN ${schema}.job j ON j.name = d.child_name AND j.id = d.child_id
          WHERE j.state < 'active' AND NOT j.blocked`,
      );
      for (const { name } of freed) await query('SELECT pg_notify($1, $2)', [schema, `q:${name}`]);
    },
    async failed() {
      for (;;) {
        const doomed = await query<Doomed>(
          `SELECT DISTINCT ON (d.child_name, d.child_id) d.child_name AS queue, d.child_id::text AS job,
              d.parent_id::text AS child, CASE p.state::text WHEN 'failed' THEN 'dead' ELSE p.state::text END AS state
            FROM ${schema}.job_dependency d
            JOIN ${schema}.job p ON p.name = d.parent_name AND p.id = d.parent_id
            JOIN ${schema}.job j ON j.name = d.child_name AND j.id = d.child_id
            WHERE p.state IN ('failed', 'cancelled') AND j.blocked AND j.state < 'active' LIMIT 500`,
        );
        if (doomed.length === 0) return;
        const list = doomed.map(({ queue, job, child, state }) => {
          const { code, message } = jobsErrors.AF_JOB_CHILD_FAILED({ job, child, state });
          return { n: queue, i: job, o: { e: { code, message } } };
        });
        await query(
          `UPDATE ${schema}.job j SET state = 'failed', completed_on = clock_timestamp(), output = l.o
            FROM json_to_recordset($1::text::json) AS l(n text, i uuid, o jsonb)
            WHERE j.name = l.n AND j.id = l.i AND j.blocked AND j.state < 'active'`,
          [JSON.stringify(list)],
        );
      }
    },
  };
}
