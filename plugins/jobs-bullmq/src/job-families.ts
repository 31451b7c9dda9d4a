import type { JobFailure } from '@agent-factory/sdk/contracts';
import { jobsErrors } from '@agent-factory/sdk/contracts';
import type { Dispatcher } from './dispatcher.ts';
import type { Call, Ended, JobLedger } from './job-ledger.ts';
import { graceMs, recheckMs } from './ledger-sql.ts';

/** What becomes of jobs that wait for others. */
export interface JobFamilies {
  /** Call it when jobs have ended, in whatever way. */
  ended(jobs: readonly Ended[]): Promise<void>;
  /** Looks at blocked jobs: they may begin, or can never begin. */
  look(parents: readonly string[]): Promise<void>;
}

/** Creates the keeper of families. Everything it does may be done twice. */
export function createJobFamilies(ledger: JobLedger, dispatcher: Dispatcher): JobFamilies {
  const { storage, sql } = ledger;

  const look = async (parents: readonly string[]): Promise<void> => {
    for (const parent of parents) {
      const children = await storage.query<{ child: string; state: string | null }>(
        `SELECT c.child, j.state FROM af_jobs_bullmq_children c
          LEFT JOIN af_jobs_bullmq_jobs j ON j.id = c.child WHERE c.parent = ? ORDER BY c.position`,
        [parent],
      );
      const failed = children.find(({ state }) => state === 'dead' || state === 'cancelled');
      if (failed) await bury(parent, failed.child, failed.state ?? '');
      else if (children.every(({ state }) => state === 'completed' || state === null)) await free(parent);
      else
        await storage.execute(
          `UPDATE af_jobs_bullmq_jobs SET check_at = ${sql.now} + ${recheckMs} WHERE id = ? AND state = 'blocked'`,
          [parent],
        );
    }
  };

  const bury = async (job: string, child: string, state: string): Promise<void> => {
    const { code, message } = jobsErrors.AF_JOB_CHILD_FAILED({ job, child, state });
    const error: JobFailure = { code, message };
    await ended(
      await storage.query<Ended>(
        `UPDATE af_jobs_bullmq_jobs SET state = 'dead', error = ?, ended_at = ${sql.now}
          WHERE id = ? AND state = 'blocked' RETURNING id, has_parent`,
        [JSON.stringify(error), job],
      ),
    );
  };

  const free = async (job: string): Promise<void> => {
    const calls = await storage.query<Call>(
      `UPDATE af_jobs_bullmq_jobs SET state = 'waiting', dispatch = dispatch + 1,
          check_at = CASE WHEN run_at > ${sql.now} THEN run_at ELSE ${sql.now} END + ${graceMs}
        WHERE id = ? AND state = 'blocked' RETURNING ${sql.call}`,
      [job],
    );
    await dispatcher.send(calls);
  };

  const ended = async (jobs: readonly Ended[]): Promise<void> => {
    const children = jobs.filter(({ has_parent }) => has_parent === 1).map(({ id }) => id);
    if (children.length === 0) return;
    const parents = await storage.query<{ parent: string }>(
      `SELECT DISTINCT parent FROM af_jobs_bullmq_children WHERE child ${sql.inIds}`,
      [JSON.stringify(children)],
    );
    await look(parents.map(({ parent }) => parent));
  };

  return { ended, look };
}
