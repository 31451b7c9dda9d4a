import { AsyncLocalStorage } from 'node:async_hooks';
import { canonicalJson, isAgentFactoryError } from '@agent-factory/sdk';
import {
  checkJobSchedule,
  jobsErrors,
  type JobSchedule,
  type JobSchedules,
} from '@agent-factory/sdk/contracts';
import type { JobIntake } from './job-intake.ts';
import type { JobsCore } from './jobs-core.ts';
import { nextTime } from './next-time.ts';

/** Schedules, and what adds their jobs. */
export interface LocalJobSchedules extends JobSchedules {
  /** Adds no more jobs. */
  stop(): Promise<void>;
}

interface ScheduleRow {
  readonly name: string;
  readonly schedule: string;
  readonly next_at: number;
}

/** Creates it; `adding`: whether this process adds the jobs. One of all the processes adds each. */
export function createLocalJobSchedules(
  core: JobsCore,
  intake: JobIntake,
  adding: boolean,
): LocalJobSchedules {
  const { storage, sql, log } = core;
  const { pollMs } = core.config;
  const outside = AsyncLocalStorage.snapshot();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;
  let failing = false;

  const databaseTime = async (): Promise<number> => {
    const [row] = await storage.query<{ now: number }>(`SELECT ${sql.now} AS now`);
    return row?.now ?? Date.now();
  };

  const addJob = async ({ name, schedule: text, next_at: at }: ScheduleRow, now: number): Promise<void> => {
    const schedule = JSON.parse(text) as JobSchedule; // written by this plugin alone
    const next = nextTime(schedule, now, at);
    await storage.transaction(async (tx) => {
      const { changes } = await tx.execute(
        'UPDATE af_jobs_local_schedules SET next_at = ? WHERE name = ? AND schedule = ? AND next_at = ?',
        [next, name, text, at],
      );
      // Otherwise another process was quicker, or it was replaced.
      if (changes === 1) await intake.enqueue([{ ...schedule.job, dedupeKey: `schedule.${name}` }], tx);
    });
  };

  const tick = async (): Promise<number> => {
    const rows = await storage.query<ScheduleRow & { readonly now: number }>(
      `SELECT name, schedule, next_at, ${sql.now} AS now FROM af_jobs_local_schedules ORDER BY next_at LIMIT 100`,
    );
    let next = pollMs;
    for (const { now, ...row } of rows) {
      if (stopped) break;
      if (row.next_at <= now) await addJob(row, now);
      else next = Math.min(next, row.next_at - now);
    }
    return next;
  };

  const run = async (): Promise<void> => {
    let next = pollMs;
    try {
      next = await tick();
      failing = false;
    } catch (error) {
      if (isAgentFactoryError(error, 'AF_STORAGE_CLOSED')) return;
      if (!failing) log.warn('Schedules cannot be followed.', { error });
      failing = true;
    }
    if (!stopped) schedule(next);
  };
  const schedule = (ms: number): void => {
    timer = setTimeout(() => {
      running = outside(run);
    }, ms);
  };
  if (adding) schedule(0);

  return {
    async set(wanted) {
      checkJobSchedule(wanted);
      const { name, cron, everyMs, timeZone, job } = wanted;
      const schedule = {
        name,
        ...(cron !== undefined && { cron }),
        ...(everyMs !== undefined && { everyMs }),
        ...(timeZone !== undefined && { timeZone }),
        job,
      };
      let text: string;
      try {
        text = canonicalJson(schedule);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw jobsErrors.AF_JOB_SCHEDULE_INVALID({ name, reason }, { cause: error });
      }
      const nextAt = nextTime(schedule, await databaseTime());
      await storage.execute(
        'INSERT INTO af_jobs_local_schedules (name, schedule, next_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET' +
          ' next_at = CASE WHEN af_jobs_local_schedules.schedule = excluded.schedule' +
          ' THEN af_jobs_local_schedules.next_at ELSE excluded.next_at END, schedule = excluded.schedule',
        [name, text, nextAt],
      );
    },
    async remove(name) {
      const { changes } = await storage.execute('DELETE FROM af_jobs_local_schedules WHERE name = ?', [name]);
      return changes > 0;
    },
    async list() {
      const rows = await storage.query<ScheduleRow>(
        'SELECT name, schedule, next_at FROM af_jobs_local_schedules ORDER BY name',
      );
      // Written by this plugin alone.
      return rows.map(({ schedule: text, next_at: nextAt }) => ({
        ...(JSON.parse(text) as JobSchedule),
        nextAt,
      }));
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
