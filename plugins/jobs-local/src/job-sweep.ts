import type { JobState, MaintenanceTask } from '@agent-factory/sdk/contracts';
import { byIndex } from './job-statements.ts';
import type { JobsCore } from './jobs-core.ts';

/** Rows removed in one statement. */
const chunk = 500;

/** The task that removes what ended long ago. Children stay as long as the job that waits, or waited, for them. */
export function jobSweepTask(core: Pick<JobsCore, 'storage' | 'sql' | 'config'>): MaintenanceTask {
  const { storage, sql } = core;
  const { keepMs, keepDeadMs } = core.config;
  const kept: readonly (readonly [JobState, number])[] = [
    ['completed', keepMs],
    ['cancelled', keepMs],
    ['dead', keepDeadMs],
  ];
  const { dialect } = storage;
  const remove =
    `DELETE FROM af_jobs_local_jobs${byIndex(dialect, 'id')} WHERE id IN (` +
    `SELECT j.id FROM af_jobs_local_jobs j${byIndex(dialect, 'ended')}` +
    ` WHERE j.state = ? AND j.ended_at IS NOT NULL AND j.ended_at < ${sql.now} - ?` +
    ` AND NOT EXISTS (SELECT 1 FROM af_jobs_local_jobs p WHERE p.id = j.parent_id) LIMIT ${chunk})`;

  return {
    name: 'jobs-local-sweep',
    description: 'Removes jobs that ended longer ago than they are to be kept.',
    everyMs: 60_000,
    async run({ signal }) {
      let removed = 0;
      for (const [state, ms] of kept) {
        for (let more = true; more && !signal.aborted;) {
          const { changes } = await storage.execute(remove, [state, ms]);
          removed += changes;
          more = changes === chunk;
          // Others of this process come in between.
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await storage.execute(`DELETE FROM af_jobs_local_starts WHERE counts_until <= ${sql.now}`);
      return { removed };
    },
  };
}
