import {
  checkJobQuery,
  checkQueueName,
  finalJobStates,
  jobsErrors,
  jobStates,
  type JobControl,
  type JobState,
  type QueueStats,
} from '@agent-factory/sdk/contracts';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { Dispatcher } from './dispatcher.ts';
import type { JobFamilies } from './job-families.ts';
import type { Call, Ended, JobLedger } from './job-ledger.ts';
import { readJob, type JobRow } from './job-rows.ts';
import { graceMs } from './ledger-sql.ts';

/** What looking after jobs needs. */
export interface ControlParts {
  readonly ledger: JobLedger;
  readonly dispatcher: Dispatcher;
  readonly families: JobFamilies;
  /** Tells every process that a job was cancelled. */
  readonly tellCancelled: (id: string) => Promise<void>;
  /** Has jobs looked for that Redis may lack. */
  readonly lookSoon: () => void;
}

/** Creates the control. Everything it shows and decides is in SQL. */
export function createJobControl(parts: ControlParts): JobControl {
  const { ledger, dispatcher, families, tellCancelled, lookSoon } = parts;
  const { storage, sql } = ledger;
  const unfinished = `state NOT IN (${[...finalJobStates].map((state) => `'${state}'`).join()})`;

  const redrive = async (id: string): Promise<boolean> => {
    const [job] = await storage.query<{ children: number }>(
      `SELECT children FROM af_jobs_bullmq_jobs WHERE id = ? AND state IN ('dead', 'cancelled')`,
      [id],
    );
    if (!job) return false;
    if (job.children > 0) await refuseWhileChildFails(id);
    const calls = await storage.query<Call & { state: string }>(
      `UPDATE af_jobs_bullmq_jobs
        SET state = CASE WHEN children > 0 THEN 'blocked' ELSE 'waiting' END, attempt = 0, error = NULL,
          result = NULL, progress = NULL, ended_at = NULL, parked = 0, dispatch = dispatch + 1,
          run_at = ${sql.now}, check_at = ${sql.now} + ${graceMs}
        WHERE id = ? AND state IN ('dead', 'cancelled') RETURNING ${sql.call}, state`,
      [id],
    );
    await dispatcher.send(calls.filter(({ state }) => state === 'waiting'));
    if (calls.some(({ state }) => state === 'blocked')) await families.look([id]);
    return calls.length > 0;
  };

  const refuseWhileChildFails = async (job: string): Promise<void> => {
    const [failed] = await storage.query<{ child: string; state: string }>(
      `SELECT c.child, j.state FROM af_jobs_bullmq_children c JOIN af_jobs_bullmq_jobs j ON j.id = c.child
        WHERE c.parent = ? AND j.state IN ('dead', 'cancelled') ORDER BY c.position LIMIT 1`,
      [job],
    );
    if (failed) throw jobsErrors.AF_JOB_CHILD_FAILED({ job, ...failed });
  };

  return {
    async get(id) {
      const [row] = await storage.query<JobRow>(
        `SELECT ${sql.columns} FROM af_jobs_bullmq_jobs WHERE id = ?`,
        [id],
      );
      return row && readJob(row);
    },
    async list(query = {}) {
      const { queue, tenant, state, limit, before } = checkJobQuery(query);
      const params: string[] = [];
      const asked = (condition: string, value: string | undefined): string => {
        if (value === undefined) return '1 = 1';
        params.push(value);
        return condition;
      };
      const conditions = [
        asked('queue = ?', queue),
        asked('tenant = ?', tenant),
        asked('state = ?', state === 'delayed' ? 'waiting' : state),
        asked('id < ?', before),
        state === 'delayed' ? `run_at > ${sql.now}` : state === 'waiting' ? `run_at <= ${sql.now}` : '1 = 1',
      ];
      const rows = await storage.query<JobRow>(
        `SELECT ${sql.columns} FROM af_jobs_bullmq_jobs WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT ?`,
        [...params, limit],
      );
      return rows.map(readJob);
    },
    async stats() {
      const rows = await storage.query<{ queue: string; state: JobState; jobs: number; paused: number }>(
        `SELECT j.queue, j.state, j.jobs, COALESCE(q.paused, 0) AS paused FROM (
          SELECT queue, CASE WHEN state = 'waiting' AND run_at > ${sql.now} THEN 'delayed' ELSE state END AS state,
            CAST(COUNT(*) AS INTEGER) AS jobs FROM af_jobs_bullmq_jobs GROUP BY 1, 2) j
          LEFT JOIN af_jobs_bullmq_queues q ON q.name = j.queue`,
      );
      const stats = [...Map.groupBy(rows, (row) => row.queue)].map(([queue, found]): QueueStats => {
        const counts = Object.fromEntries(jobStates.map((state) => [state, 0])) as Record<JobState, number>; // every state
        for (const { state, jobs } of found) counts[state] = jobs;
        return { queue, paused: found[0]?.paused === 1, counts };
      });
      return stats.sort((a, b) => (a.queue < b.queue ? -1 : 1));
    },
    async cancel(id) {
      const rows = await storage.query<Ended & Call>(
        `UPDATE af_jobs_bullmq_jobs SET state = 'cancelled', ended_at = ${sql.now}
          WHERE id = ? AND ${unfinished} RETURNING ${sql.call}, has_parent`,
        [id],
      );
      for (const row of rows) {
        // SQL has it already: Redis and the worker may learn of it later, or from their next look.
        await Promise.all([tellCancelled(id), dispatcher.withdraw(row)]);
        await families.ended([row]);
      }
      return rows.length > 0;
    },
    async redrive(id) {
      try {
        return await redrive(id);
      } catch (error) {
        // Another unfinished job has its key.
        if (isAgentFactoryError(error, 'AF_STORAGE_CONSTRAINT')) return false;
        throw error;
      }
    },
    async pause(queue) {
      checkQueueName(queue);
      await storage.execute(
        `INSERT INTO af_jobs_bullmq_queues (name, paused) VALUES (?, 1)
          ON CONFLICT (name) DO UPDATE SET paused = 1`,
        [queue],
      );
      await dispatcher.pause(queue, true);
    },
    async resume(queue) {
      checkQueueName(queue);
      await dispatcher.check();
      // First in SQL, which would refuse the calls that Redis lets go.
      await storage.execute('UPDATE af_jobs_bullmq_queues SET paused = 0 WHERE name = ?', [queue]);
      await dispatcher.pause(queue, false);
      await storage.execute(
        `UPDATE af_jobs_bullmq_jobs SET check_at = 0 WHERE queue = ? AND state = 'waiting' AND run_at <= ${sql.now}`,
        [queue],
      );
      lookSoon();
    },
  };
}
