import type { Logger } from '@agent-factory/sdk';
import { jobsErrors } from '@agent-factory/sdk/contracts';
import type { JobLedger } from './job-ledger.ts';
import type { JobRow } from './job-rows.ts';

/** A job this process holds. */
export interface HeldJob {
  readonly id: string;
  readonly fence: number;
  readonly controller: AbortController;
  /** Resolves when the job was given back before its handler ended. */
  readonly given: Promise<void>;
  giveBack(reason: Error): void;
}

/** The jobs of one worker, whose leases it keeps up. */
export interface HeldJobs {
  add(row: JobRow): HeldJob;
  drop(job: HeldJob): void;
  all(): readonly HeldJob[];
  cancelled(id: string): void;
  /** Whether leases may have run out without this process having heard of it: it should take nothing more now. */
  isOutOfTouch(): boolean;
  close(): void;
}

/** How leases are kept. */
export interface HeldJobsOptions {
  readonly leaseMs: number;
  /** Only looks whether its jobs are still its own: for tests of what happens to a worker that gives no sign of life. */
  readonly silent: boolean;
  readonly log: Logger;
  /** Called whenever leases were renewed. */
  readonly onTouch?: () => void;
}

/** Keeps the leases of jobs, and tells those that were lost or cancelled. */
export function createHeldJobs(
  ledger: JobLedger,
  { leaseMs, silent, log, onTouch }: HeldJobsOptions,
): HeldJobs {
  const jobs = new Set<HeldJob>();
  let renewed = performance.now();
  let busy = false;

  const lose = async (gone: readonly HeldJob[]): Promise<void> => {
    const rows = await ledger.storage.query<{ id: string; state: string }>(
      `SELECT id, state FROM af_jobs_bullmq_jobs WHERE id ${ledger.sql.inIds}`,
      [JSON.stringify(gone.map(({ id }) => id))],
    );
    const states = new Map(rows.map(({ id, state }) => [id, state]));
    for (const job of gone) {
      if (!jobs.has(job)) continue; // ended while we asked
      const details = { job: job.id, ms: leaseMs };
      // One that is gone went with its tenant.
      const cancelled = (states.get(job.id) ?? 'cancelled') === 'cancelled';
      if (!cancelled) log.warn('a job was lost', details);
      job.controller.abort(
        cancelled ? jobsErrors.AF_JOB_CANCELLED(details) : jobsErrors.AF_JOB_LOST(details),
      );
    }
  };

  const renew = async (): Promise<void> => {
    if (busy) return;
    const asked = [...jobs].filter(({ controller }) => !controller.signal.aborted);
    if (asked.length === 0) {
      if (!silent) onTouch?.();
      return;
    }
    busy = true;
    const begun = performance.now();
    try {
      const kept = await (silent ? ledger.look(asked) : ledger.renew(asked));
      if (!silent) {
        renewed = begun;
        onTouch?.();
      }
      const gone = asked.filter((job) => !kept.has(job.id) && jobs.has(job));
      if (gone.length > 0) await lose(gone);
    } catch (error) {
      log.warn('leases could not be renewed', { jobs: asked.length, reason: String(error) });
      if (begun - renewed < leaseMs) return;
      for (const job of asked)
        job.controller.abort(jobsErrors.AF_JOB_LOST({ job: job.id, ms: Math.round(begun - renewed) }));
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void renew(), leaseMs / 3);

  return {
    add({ id, fence }) {
      if (jobs.size === 0) renewed = performance.now();
      const { promise, resolve } = Promise.withResolvers<void>();
      const job: HeldJob = {
        id,
        fence,
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
      performance.now() - renewed > leaseMs &&
      (silent || [...jobs].some(({ controller }) => !controller.signal.aborted)),
    close: () => clearInterval(timer),
  };
}
