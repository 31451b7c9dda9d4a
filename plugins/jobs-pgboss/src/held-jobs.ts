import type { Logger } from '@agent-factory/sdk';
import { jobsErrors } from '@agent-factory/sdk/contracts';
import { schema, type BossLink } from './boss-link.ts';

/** A job this process holds. */
export interface HeldJob {
  readonly id: string;
  /** Names the attempt, as pg-boss counts them. */
  readonly retryCount: number;
  readonly controller: AbortController;
  /** Resolves when the job was given back before its handler ended. */
  readonly given: Promise<void>;
  giveBack(reason: Error): void;
}

/** The jobs of one worker, for which it gives signs of life. */
export interface HeldJobs {
  readonly size: number;
  add(id: string, retryCount: number): HeldJob;
  drop(job: HeldJob): void;
  all(): readonly HeldJob[];
  cancelled(id: string): void;
  /** Whether jobs may have been lost without this process having heard of it: it should take nothing more now. */
  isOutOfTouch(): boolean;
  close(): void;
}

/** How signs of life are given. */
export interface HeldJobsOptions {
  readonly queue: string;
  readonly leaseMs: number;
  /** Only looks whether its jobs are still its own: for tests of what happens to a worker that gives no sign of life. */
  readonly silent: boolean;
  readonly log: Logger;
}

/** Gives signs of life for jobs, and tells those that were lost or cancelled. */
export function createHeldJobs(
  { boss, query }: BossLink,
  { queue, leaseMs, silent, log }: HeldJobsOptions,
): HeldJobs {
  const jobs = new Set<HeldJob>();
  let touched = performance.now();
  let busy = false;

  const states = async (
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, { state: string; count: number }>> => {
    const rows = await query<{ id: string; state: string; count: number }>(
      `SELECT id::text AS id, state::text AS state, retry_count AS count FROM ${schema}.job
        WHERE name = $1 AND id = ANY($2::uuid[])`,
      [queue, ids],
    );
    return new Map(rows.map(({ id, ...row }) => [id, row]));
  };

  const look = async (): Promise<void> => {
    const asked = [...jobs].filter(({ controller }) => !controller.signal.aborted);
    if (busy || asked.length === 0) return;
    busy = true;
    const begun = performance.now();
    try {
      if (!silent) {
        await boss.touch(
          queue,
          asked.map(({ id, retryCount }) => ({ id, retryCount })),
        );
        touched = begun;
      }
      const found = await states(asked.map(({ id }) => id));
      for (const job of asked) {
        // One that is gone went with its tenant.
        const { state, count } = found.get(job.id) ?? { state: 'cancelled' };
        if (!jobs.has(job) || (state === 'active' && count === job.retryCount)) continue;
        if (state === 'completed' && count === job.retryCount) continue; // by us, just now
        const details = { job: job.id, ms: leaseMs };
        if (state !== 'cancelled') log.warn('a job was lost', details);
        job.controller.abort(
          state === 'cancelled' ? jobsErrors.AF_JOB_CANCELLED(details) : jobsErrors.AF_JOB_LOST(details),
        );
      }
    } catch (error) {
      log.warn('no sign of life could be given', { jobs: asked.length, reason: String(error) });
      if (begun - touched < leaseMs) return;
      for (const job of asked)
        job.controller.abort(jobsErrors.AF_JOB_LOST({ job: job.id, ms: Math.round(begun - touched) }));
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), Math.min(leaseMs / 4, 2500));

  return {
    get size() {
      return jobs.size;
    },
    add(id, retryCount) {
      if (jobs.size === 0) touched = performance.now();
      const { promise, resolve } = Promise.withResolvers<void>();
      const job: HeldJob = {
        id,
        retryCount,
        controller: new AbortController(),
        given: promise,
        giveBack(reason) {
          job.controller.abort(reason);
          resolve();
        },
      };
      jobs.add(job);
      return job;
    },
    drop: (job) => void jobs.delete(job),
    all: () => [...jobs],
    cancelled(id) {
      for (const job of jobs)
        if (job.id === id) job.controller.abort(jobsErrors.AF_JOB_CANCELLED({ job: id }));
    },
    isOutOfTouch: () =>
      jobs.size > 0 &&
      performance.now() - touched > leaseMs &&
      (silent || [...jobs].some(({ controller }) => !controller.signal.aborted)),
    close: () => clearInterval(timer),
  };
}
