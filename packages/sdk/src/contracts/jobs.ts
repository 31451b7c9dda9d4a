import { defineContract, type SingleContract } from '../contract.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Logger } from '../log.ts';
import type { SqlTransaction } from './storage.ts';

/** Pause before another attempt: `delayMs`, doubled each time when exponential, at most `maxMs`, and up to a quarter more or less at random. */
export interface JobBackoff {
  readonly kind: 'fixed' | 'exponential';
  /** Default 1,000. */
  readonly delayMs?: number;
  /** Default 300,000. */
  readonly maxMs?: number;
}

/** A wish for work. */
export interface NewJob {
  /** Lower-case letters, digits, `-`, `.`; at most 64. */
  readonly queue: string;
  /** At most 256 kB of JSON; put what is larger somewhere else. */
  readonly data: JsonObject;
  /** Whose work it is, a tenant's id; limits per tenant count by it. Default `default`. */
  readonly tenant?: string;
  /**
   * While an unfinished job of the queue has this key, another is not added and its id is given back. 1 to 200
   * characters; not for children.
   */
  readonly dedupeKey?: string;
  /** 0 to 100, higher first; equal ones in order of arrival. Default 50. */
  readonly priority?: number;
  /** Milliseconds before it may begin, at most a year. Default 0. */
  readonly delayMs?: number;
  /** How often it is tried in all, 1 to 1,000. Default 5. */
  readonly attempts?: number;
  /** Default exponential from 1 s to 5 min. */
  readonly backoff?: JobBackoff;
  /**
   * Jobs that must be completed first; this one then gets their results. If one of them dies or is cancelled, this one
   * dies (AF_JOB_CHILD_FAILED); the others go on. At most 1,000, and 8 levels deep.
   */
  readonly children?: readonly NewJob[];
}

/**
 * `waiting` for a worker, `delayed`, `active`, `blocked` by its children; then finally `completed`, `dead` (no attempts
 * left) or `cancelled`.
 */
export type JobState = 'waiting' | 'delayed' | 'active' | 'blocked' | 'completed' | 'dead' | 'cancelled';

/** Why an attempt failed. */
export interface JobFailure {
  /** `AF_…`, or `AF_JOB_FAILED` for an error without a code. */
  readonly code: string;
  readonly message: string;
}

/** A job as it stands. */
export interface Job {
  readonly id: string;
  readonly queue: string;
  readonly tenant: string;
  readonly data: JsonObject;
  readonly state: JobState;
  readonly priority: number;
  /** Attempts begun so far, and allowed in all. */
  readonly attempt: number;
  readonly attempts: number;
  /** As last reported by its handler. */
  readonly progress?: Json;
  /** What its handler gave. */
  readonly result?: Json;
  /** Why the last attempt failed. */
  readonly error?: JobFailure;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly endedAt?: number;
}

/** What a handler gets. */
export interface JobContext {
  readonly job: Job;
  /** Grows with every time the job is handed out. Pass it to what must refuse a worker that lost the job. */
  readonly fence: number;
  /** Aborted when the job is cancelled, lost to another worker, or the worker must stop. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Results of the job's children, in the order they were given. */
  readonly children: readonly Json[];
  /** Reports how far it is; kept with the job. Refused (AF_JOB_LOST, AF_JOB_CANCELLED) when the job is no longer this worker's. */
  progress(value: Json): Promise<void>;
}

/**
 * Does one job and gives its result. An error is tried again as the job says; one whose `retryable` is false ends the
 * job at once. At least once: a worker that dies, or stands still for long, has its jobs done again by another, so
 * make the effect safe to repeat or check the fence. What a worker reports after it lost a job is refused.
 */
export type JobHandler = (context: JobContext) => Promise<Json | void>;

/** How a queue is worked on in this process. */
export interface WorkOptions {
  /** Jobs at the same time, at least 1. Default 10. */
  readonly concurrency?: number;
  /** For each tenant, over all processes; what is above waits without holding up others. */
  readonly perTenant?: {
    readonly concurrency?: number;
    /** At most `count` begun within `periodMs`. */
    readonly rate?: { readonly count: number; readonly periodMs: number };
  };
}

/** A worker on one queue. */
export interface JobWorker {
  /** Takes no more jobs and resolves when those at work have ended; those not done after `timeoutMs` (default 30,000) are given back for others, at once and without using up an attempt. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

/** Work to be done by any process, now or later. What was accepted is never lost. */
export interface Jobs {
  /**
   * Accepts jobs, all or none (AF_JOB_INVALID), and gives their ids in order. With `tx`, a transaction of `Storage`,
   * they are accepted if and only if it commits, on every engine; inside a transaction always pass it.
   */
  enqueue(jobs: readonly NewJob[], options?: { readonly tx?: SqlTransaction }): Promise<readonly string[]>;
  /**
   * Works on a queue in this process, unless the platform's role is `api`: then nothing is taken. One worker a queue
   * and process (AF_JOB_WORKER_EXISTS, AF_JOB_WORKER_INVALID), not counting those that are being closed; its handler runs
   * inside a lease of the generation that serves.
   */
  work(queue: string, handler: JobHandler, options?: WorkOptions): Promise<JobWorker>;
}

/** Token of {@link Jobs}. */
export const Jobs: SingleContract<Jobs> = defineContract<Jobs>({
  id: 'jobs',
  version: '1.0.0',
  description: 'Work to be done by any process, now or later.',
});

/** Which jobs to list. */
export interface JobQuery {
  readonly queue?: string;
  readonly tenant?: string;
  readonly state?: JobState;
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  /** Jobs created before this one (its id): the last of the page before. */
  readonly before?: string;
}

/** How many jobs of a queue are in each state. Final ones are counted as long as they are kept. */
export interface QueueStats {
  readonly queue: string;
  readonly paused: boolean;
  readonly counts: Readonly<Record<JobState, number>>;
}

/** Looks after jobs. */
export interface JobControl {
  get(id: string): Promise<Job | undefined>;
  /** Newest first. */
  list(query?: JobQuery): Promise<readonly Job[]>;
  /** Every queue that has jobs, by name. */
  stats(): Promise<readonly QueueStats[]>;
  /** Cancels a job; one at work is told by its signal. False when it had ended, or there is none. */
  cancel(id: string): Promise<boolean>;
  /**
   * Gives a dead or cancelled job all its attempts again. False when it is neither, or when another unfinished job has
   * its dedupe key. AF_JOB_CHILD_FAILED while a child of it is dead or cancelled.
   */
  redrive(id: string): Promise<boolean>;
  /** No worker takes a job of the queue until `resume`; those at work go on. */
  pause(queue: string): Promise<void>;
  resume(queue: string): Promise<void>;
}

/** Token of {@link JobControl}. */
export const JobControl: SingleContract<JobControl> = defineContract<JobControl>({
  id: 'job-control',
  version: '1.0.0',
  description: 'Looks after jobs: list, cancel, try again, pause.',
});

/** A job that is added again and again. */
export interface JobSchedule {
  /** Unique; at most 100 characters. */
  readonly name: string;
  /** Either five fields of cron (minute hour day month weekday), or … */
  readonly cron?: string;
  /** … milliseconds between beginnings, at least 1,000; the first comes that long after it was set. */
  readonly everyMs?: number;
  /** IANA name for `cron`. Default UTC. */
  readonly timeZone?: string;
  /** What is added. While the job of the time before is unfinished, none is added. */
  readonly job: Omit<NewJob, 'delayMs' | 'dedupeKey' | 'children'>;
}

/** Keeps schedules. Times that passed while nobody worked are made up for by one job, not by many. */
export interface JobSchedules {
  /**
   * Adds a schedule, or replaces the one of its name; one that is the same keeps its next time, so that setting it at
   * every start does no harm. AF_JOB_SCHEDULE_INVALID says what is wrong with it.
   */
  set(schedule: JobSchedule): Promise<void>;
  remove(name: string): Promise<boolean>;
  /** By name, with the next time (milliseconds since the epoch). */
  list(): Promise<readonly (JobSchedule & { readonly nextAt: number })[]>;
}

/** Token of {@link JobSchedules}. */
export const JobSchedules: SingleContract<JobSchedules> = defineContract<JobSchedules>({
  id: 'job-schedules',
  version: '1.0.0',
  description: 'Jobs that are added again and again.',
});
