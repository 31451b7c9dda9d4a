import { canonicalJson, type Logger } from '@agent-factory/sdk';
import {
  checkJobSchedule,
  jobsErrors,
  type JobSchedule,
  type JobSchedules,
  type Storage,
} from '@agent-factory/sdk/contracts';
import type { Db } from 'pg-boss';
import { schema, type BossLink } from './boss-link.ts';
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

const now = '(extract(epoch FROM clock_timestamp()) * 1000)::float8';
const rows = `SELECT name, schedule, next_at::float8 AS next_at, floor(${now}) AS now FROM ${schema}.af_schedules`;

/**
 * Creates the keeper of schedules. pg-boss's own look at its schedules twice a minute and know no milliseconds, so only
 * its reading of cron is used.
 */
export function createJobSchedules(
  link: BossLink,
  intake: JobIntake,
  storage: Storage,
  { everyMs, log }: { readonly everyMs: number; readonly log: Logger },
): RunningSchedules {
  const { boss, query } = link;

  const nextTime = (schedule: JobSchedule, at: number, last = at): number => {
    const { name, cron, everyMs: distance = 1000, timeZone = 'UTC' } = schedule;
    if (cron === undefined) return last + distance * (Math.floor(Math.max(0, at - last) / distance) + 1);
    try {
      const [next] = boss.previewSchedule(cron, { tz: timeZone, from: new Date(at), count: 1 });
      if (next) return next.getTime();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw jobsErrors.AF_JOB_SCHEDULE_INVALID({ name, reason }, { cause: error });
    }
    throw jobsErrors.AF_JOB_SCHEDULE_INVALID({ name, reason: 'its time never comes' });
  };

  const alone = (db: Db): Promise<unknown> =>
    query('SELECT pg_advisory_xact_lock(hashtext($1))', [`${schema}.schedules`], db);

  /** The job and the next time are one transaction of the storage, which is the same database. */
  const addDue = async (): Promise<void> => {
    const due = await query<ScheduleRow>(`${rows} WHERE next_at <= ${now}`);
    for (const row of due)
      await storage.transaction(async (tx) => {
        await tx.lock(`${schema}.schedules`);
        const schedule = JSON.parse(row.schedule) as JobSchedule; // written below
        const next = nextTime(schedule, row.now, row.next_at);
        const { changes } = await tx.execute(
          `UPDATE ${schema}.af_schedules SET next_at = ? WHERE name = ? AND next_at = ? AND schedule = ?`,
          [next, row.name, row.next_at, row.schedule],
        );
        if (changes === 1) await intake.enqueue([{ ...schedule.job, dedupeKey: `schedule:${row.name}` }], tx);
      });
  };

  return {
    async set(schedule) {
      checkJobSchedule(schedule);
      const text = canonicalJson(schedule);
      nextTime(schedule, Date.now());
      await link.transaction(async (db) => {
        await alone(db);
        const [known] = await query<ScheduleRow>(`${rows} WHERE name = $1`, [schedule.name], db);
        if (known?.schedule === text) return;
        const [clock] = await query<{ now: number }>(`SELECT floor(${now}) AS now`, [], db);
        await query(
          `INSERT INTO ${schema}.af_schedules (name, schedule, next_at) VALUES ($1, $2, $3::float8::bigint)
            ON CONFLICT (name) DO UPDATE SET schedule = excluded.schedule, next_at = excluded.next_at`,
          [schedule.name, text, nextTime(schedule, clock?.now ?? Date.now())],
          db,
        );
      });
    },
    async remove(name) {
      const gone = await query(`DELETE FROM ${schema}.af_schedules WHERE name = $1 RETURNING name`, [name]);
      return gone.length > 0;
    },
    async list() {
      const found = await query<ScheduleRow>(`${rows} ORDER BY name COLLATE "C"`);
      return found.map((row) => ({ ...(JSON.parse(row.schedule) as JobSchedule), nextAt: row.next_at })); // written above
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
