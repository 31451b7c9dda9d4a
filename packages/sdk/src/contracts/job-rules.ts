import { isAgentFactoryError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { jobsErrors } from './jobs-errors.ts';
import type { JobBackoff, JobQuery, JobSchedule, JobState, NewJob, WorkOptions } from './jobs.ts';
import { defaultTenant, tenantIdPattern } from './tenant-storage.ts';

/** A job that was checked, with every default filled in. */
export interface CheckedJob {
  readonly queue: string;
  readonly data: JsonObject;
  /** `data` as JSON text. */
  readonly text: string;
  readonly tenant: string;
  readonly dedupeKey?: string;
  readonly priority: number;
  readonly delayMs: number;
  readonly attempts: number;
  readonly backoff: Required<JobBackoff>;
  readonly children: readonly CheckedJob[];
}

/** Every state of a job. */
export const jobStates: readonly JobState[] = [
  'waiting',
  'delayed',
  'active',
  'blocked',
  'completed',
  'dead',
  'cancelled',
];

/** The states a job never leaves by itself. */
export const finalJobStates: ReadonlySet<JobState> = new Set(['completed', 'dead', 'cancelled']);

const queuePattern = /^[a-z0-9][a-z0-9.-]{0,63}$/;
const defaultBackoff: Required<JobBackoff> = Object.freeze({
  kind: 'exponential',
  delayMs: 1000,
  maxMs: 300_000,
});
const yearMs = 366 * 24 * 3600 * 1000;
const mostText = 256 * 1024;
const mostChildren = 1000;
const mostLevels = 8;
const none: readonly CheckedJob[] = Object.freeze([]);

/** Checks jobs as every engine must before any is accepted, and fills in defaults. Throws AF_JOB_INVALID. */
export function checkNewJobs(jobs: readonly NewJob[]): readonly CheckedJob[] {
  return jobs.map((job) => checkJob(job, 0));
}

/** Checks how a queue is to be worked on; gives the concurrency. Throws AF_JOB_WORKER_INVALID. */
export function checkWorkOptions(queue: string, { concurrency = 10, perTenant = {} }: WorkOptions): number {
  const refuse = (reason: string): Error =>
    jobsErrors.AF_JOB_WORKER_INVALID({ queue: String(queue), reason });
  if (!isQueueName(queue)) throw refuse(queueRule);
  if (!isWhole(concurrency, 1, 10_000)) throw refuse('its concurrency is no whole number from 1 to 10,000');
  const { concurrency: each = 1, rate = { count: 1, periodMs: 1 } } = perTenant;
  if (!isWhole(each, 1, 10_000))
    throw refuse('the concurrency per tenant is no whole number from 1 to 10,000');
  if (!isWhole(rate.count, 1, 1e6) || !isWhole(rate.periodMs, 1, yearMs))
    throw refuse('the rate per tenant is no whole number of jobs in a whole number of milliseconds');
  return concurrency;
}

/** Checks a question for jobs and fills in its limit. Throws AF_JOB_QUERY_INVALID. */
export function checkJobQuery(query: JobQuery): JobQuery & { readonly limit: number } {
  const { queue, tenant, state, limit = 50, before } = query;
  if (!isWhole(limit, 1, 200)) throw refuseQuery('the limit is no whole number from 1 to 200');
  if (queue !== undefined) checkQueueName(queue);
  if (tenant !== undefined && !isTenant(tenant)) throw refuseQuery('the tenant is no id of one');
  if (state !== undefined && !jobStates.includes(state)) throw refuseQuery('there is no such state');
  if (before !== undefined && (typeof before !== 'string' || before === ''))
    throw refuseQuery('"before" is no id of a job');
  return { ...query, limit };
}

/** Checks the name of a queue that is looked after. Throws AF_JOB_QUERY_INVALID. */
export function checkQueueName(queue: string): void {
  if (!isQueueName(queue)) throw refuseQuery(queueRule);
}

/**
 * Checks a schedule but for the meaning of `cron` beyond its five fields, which the engine's own parser knows. Throws
 * AF_JOB_SCHEDULE_INVALID.
 */
export function checkJobSchedule(schedule: JobSchedule): CheckedJob {
  const { name, cron, everyMs, timeZone, job } = schedule;
  const refuse = (reason: string): Error =>
    jobsErrors.AF_JOB_SCHEDULE_INVALID({ name: String(name).slice(0, 100), reason });
  if (!isText(name, 100)) throw refuse('its name is no text of 1 to 100 characters');
  if ((cron === undefined) === (everyMs === undefined))
    throw refuse('it needs either "cron" or "everyMs", and has both or none');
  if (everyMs !== undefined && !isWhole(everyMs, 1000, yearMs))
    throw refuse('"everyMs" is no whole number of milliseconds from 1,000 to a year');
  if (cron !== undefined && (typeof cron !== 'string' || !/^[\w*,/-]+( [\w*,/-]+){4}$/.test(cron)))
    throw refuse('"cron" has not five fields with one space between them');
  if (timeZone !== undefined && (cron === undefined || !isTimeZone(timeZone)))
    throw refuse(cron === undefined ? 'a time zone needs "cron"' : `there is no time zone "${timeZone}"`);
  for (const key of ['delayMs', 'dedupeKey', 'children'])
    if (job !== undefined && job !== null && key in job) throw refuse(`its job has "${key}"`);
  try {
    return checkJob(job, 0);
  } catch (error) {
    if (isAgentFactoryError(error, 'AF_JOB_INVALID')) throw refuse(String(error.details['reason']));
    throw error;
  }
}

function checkJob(job: NewJob, level: number): CheckedJob {
  const refuse = (reason: string): Error =>
    jobsErrors.AF_JOB_INVALID({ queue: String(job?.queue).slice(0, 64), reason });
  if (typeof job !== 'object' || job === null) throw refuse('it is no object');
  const { queue, data, tenant = defaultTenant, dedupeKey, priority = 50, delayMs = 0, attempts = 5 } = job;
  if (!isQueueName(queue)) throw refuse(queueRule);
  if (!isTenant(tenant)) throw refuse('its tenant is no id of one');
  if (dedupeKey !== undefined && !isText(dedupeKey, 200))
    throw refuse('its dedupe key is no text of 1 to 200 characters');
  if (dedupeKey !== undefined && level > 0) throw refuse('it is a child, and has a dedupe key');
  if (!isWhole(priority, 0, 100)) throw refuse('its priority is no whole number from 0 to 100');
  if (!isWhole(delayMs, 0, yearMs)) throw refuse('its delay is no whole number of milliseconds up to a year');
  if (!isWhole(attempts, 1, 1000)) throw refuse('its attempts are no whole number from 1 to 1,000');
  if (!isJsonObject(data)) throw refuse('its data is no object of JSON');
  const text = JSON.stringify(data);
  if (text.length > mostText / 3 && Buffer.byteLength(text) > mostText)
    throw refuse('its data is larger than 256 kB');
  return {
    queue,
    data,
    text,
    tenant,
    ...(dedupeKey !== undefined && { dedupeKey }),
    priority,
    delayMs,
    attempts,
    backoff: checkBackoff(job.backoff, refuse),
    children: checkChildren(job.children, level, refuse),
  };
}

function checkBackoff(
  backoff: JobBackoff | undefined,
  refuse: (reason: string) => Error,
): Required<JobBackoff> {
  if (backoff === undefined) return defaultBackoff;
  if (typeof backoff !== 'object' || backoff === null) throw refuse('its back-off is no object');
  const { kind, delayMs = defaultBackoff.delayMs, maxMs = defaultBackoff.maxMs } = backoff;
  if (kind !== 'fixed' && kind !== 'exponential')
    throw refuse('its back-off is neither fixed nor exponential');
  if (!isWhole(delayMs, 0, yearMs) || !isWhole(maxMs, 0, yearMs))
    throw refuse('its back-off is no whole number of milliseconds up to a year');
  return { kind, delayMs, maxMs };
}

function checkChildren(
  children: readonly NewJob[] | undefined,
  level: number,
  refuse: (reason: string) => Error,
): readonly CheckedJob[] {
  if (children === undefined) return none;
  if (!Array.isArray(children)) throw refuse('its children are no list');
  if (children.length > mostChildren) throw refuse('it has more than 1,000 children');
  if (level === mostLevels) throw refuse('its children are more than 8 levels deep');
  return children.map((child: NewJob) => checkJob(child, level + 1));
}

/** Whether a value is JSON as it stands: nothing in it would be dropped or changed by writing it down. */
export function isJson(value: unknown): value is Json {
  return isJsonAt(value, 0);
}

const deepest = 200;

function isJsonAt(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  // What contains itself is deeper than anything.
  if (typeof value !== 'object' || depth > deepest) return false;
  if (Array.isArray(value)) return value.every((item) => isJsonAt(item, depth + 1)) && !hasHoles(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  for (const key in value) if (!isJsonAt((value as Record<string, unknown>)[key], depth + 1)) return false; // own and named: a plain object
  return true;
}

function hasHoles(list: readonly unknown[]): boolean {
  for (let at = 0; at < list.length; at++) if (!(at in list)) return true;
  return false;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isJson(value);
}

const queueRule = 'its name is not of 1 to 64 lower-case letters, digits, "-" and "."';

function isQueueName(queue: unknown): queue is string {
  return typeof queue === 'string' && queuePattern.test(queue);
}

function isTenant(tenant: unknown): tenant is string {
  return typeof tenant === 'string' && tenantIdPattern.test(tenant);
}

/** NUL and halves of surrogate pairs are refused, which not every database can hold. */
function isText(value: unknown, most: number): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= most &&
    value.isWellFormed() &&
    !value.includes('\0')
  );
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

function isTimeZone(name: unknown): boolean {
  if (typeof name !== 'string' || /^[+-]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function refuseQuery(reason: string): Error {
  return jobsErrors.AF_JOB_QUERY_INVALID({ reason });
}
