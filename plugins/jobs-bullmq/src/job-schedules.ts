import { canonicalJson, type Logger } from '@agent-factory/sdk';
import {
  checkJobSchedule,
  databaseNow,
  jobsErrors,
  type JobSchedule,
  type JobSchedules,
  type NewJob,
  type Storage,
} from '@agent-factory/sdk/contracts';
import { Cron } from 'croner';
import type { JobIntake } from './job-intake.ts';

/** Schedules, and what adds their jobs. */
export interface RunningSchedules extends JobSchedules {
  /** Adds jobs whose time has come until it is stopped. */
  start(): () => Promise<void>;
}

interface ScheduleRow {
  readonly name: string;
  readonly schedule: string;
  readonly next_at: number;
  readonly now: number;
}

/** The first time after `after`. Throws AF_JOB_SCHEDULE_INVALID. */
function nextTime(schedule: JobSchedule, after: number): number {
  const { name, cron, everyMs, timeZone = 'UTC' } = schedule;
  if (cron === undefined) return after + (everyMs ?? 0);
  const refuse = (reason: string): Error => jobsErrors.AF_JOB_SCHEDULE_INVALID({ name, reason });
  let next: Date | null;
  try {
    next = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRun(new Date(after));
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  if (!next) throw refuse(`"${cron}" never comes`);
  return next.getTime();
}

/** Creates the keeper of schedules; one process at a time adds the job of a time, by the database's clock. */
export function createJobSchedules(
  storage: Storage,
  intake: JobIntake,
  { everyMs, log }: { readonly everyMs: number; readonly log: Logger },
): RunningSchedules {
  const now = databaseNow(storage.dialect);
  const columns = `name, schedule, next_at, ${now} AS now`;

  const addDue = async (): Promise<void> => {
    const due = await storage.query<{ name: string }>(
      `SELECT name FROM af_jobs_bullmq_schedules WHERE next_at <= ${now}`,
    );
    for (const { name } of due)
      await storage.transaction(async (tx) => {
        await tx.lock('af_jobs_bullmq.schedules');
        const [row] = await tx.query<ScheduleRow>(
          `SELECT ${columns} FROM af_jobs_bullmq_schedules WHERE name = ? AND next_at <= ${now}`,
          [name],
        );
        if (!row) return;
        const schedule = JSON.parse(row.schedule) as JobSchedule; // written below
        const job: NewJob = { ...schedule.job, dedupeKey: `schedule:${name}` };
        await intake.enqueue([job], tx);
        // Times that passed meanwhile are made up for by this one.
        const missed =
          Math.floor((row.now - row.next_at) / (schedule.everyMs ?? 1)) * (schedule.everyMs ?? 0);
        const next = nextTime(schedule, schedule.everyMs === undefined ? row.now : row.next_at + missed);
        await tx.execute('UPDATE af_jobs_bullmq_schedules SET next_at = ? WHERE name = ?', [next, name]);
      });
  };

  return {
    async set(schedule) {
      checkJobSchedule(schedule);
      nextTime(schedule, Date.now());
      const text = canonicalJson(schedule);
      await storage.transaction(async (tx) => {
        await tx.lock('af_jobs_bullmq.schedules');
        const [known] = await tx.query<ScheduleRow>(
          `SELECT ${columns} FROM af_jobs_bullmq_schedules WHERE name = ?`,
          [schedule.name],
        );
        if (known?.schedule === text) return;
        const [clock] = await tx.query<{ now: number }>(`SELECT ${now} AS now`);
        await tx.execute(
          `INSERT INTO af_jobs_bullmq_schedules (name, schedule, next_at) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET schedule = excluded.schedule, next_at = excluded.next_at`,
          [schedule.name, text, nextTime(schedule, clock?.now ?? Date.now())],
        );
      });
    },
    async remove(name) {
      const { changes } = await storage.execute('DELETE FROM af_jobs_bullmq_schedules WHERE name = ?', [
        name,
      ]);
      return changes > 0;
    },
    async list() {
      const rows = await storage.query<ScheduleRow>(
        `SELECT ${columns} FROM af_jobs_bullmq_schedules ORDER BY name`,
      );
      return rows.map((row) => ({ ...(JSON.parse(row.schedule) as JobSchedule), nextAt: row.next_at })); // written above
    },
    start() {
      let adding: Promise<void> | undefined;
      let told = '';
      const timer = setInterval(() => {
        adding ??= addDue()
          .then(() => void (told = ''))
          .catch((error: unknown) => {
            if (String(error) !== told)
              log.warn('jobs of schedules could not be added', { reason: String(error) });
            told = String(error);
          })
          .finally(() => (adding = undefined));
      }, everyMs);
      return async () => {
        clearInterval(timer);
        await adding;
      };
    },
  };
}
