import { Cron } from 'croner';
import { jobsErrors, type JobSchedule } from '@agent-factory/sdk/contracts';

/** The next time of a schedule after `now`; `last`: the time before, if there was one. Milliseconds since the epoch. */
export function nextTime(
  { name, cron, everyMs = 1000, timeZone = 'UTC' }: JobSchedule,
  now: number,
  last: number = now,
): number {
  // Beginnings keep their distance, also when this one comes late.
  if (cron === undefined) return last + everyMs * (Math.floor(Math.max(0, now - last) / everyMs) + 1);
  let next: Date | null;
  try {
    next = new Cron(cron, { mode: '5-part', timezone: timeZone, paused: true }).nextRun(new Date(now));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw jobsErrors.AF_JOB_SCHEDULE_INVALID({ name, reason }, { cause: error });
  }
  if (next === null) throw jobsErrors.AF_JOB_SCHEDULE_INVALID({ name, reason: 'its time never comes' });
  return next.getTime();
}
