import type { Lease, Logger, PlatformRole } from '@agent-factory/sdk';
import {
  checkWorkOptions,
  createJobsEraser,
  jobsErrors,
  type JobControl,
  type Jobs,
  type JobSchedules,
  type Storage,
  type TenantEraser,
} from '@agent-factory/sdk/contracts';
import { schema, type BossLink } from './boss-link.ts';
import { createJobControl } from './job-control.ts';
import { createJobEndings } from './job-endings.ts';
import { createJobFamilies } from './job-families.ts';
import { createJobIntake } from './job-intake.ts';
import { createJobSchedules } from './job-schedules.ts';
import { createQueueWorker, type PgbossWorker } from './queue-worker.ts';

/** What the engine needs. */
export interface PgbossJobsOptions {
  readonly storage: Storage;
  readonly link: BossLink;
  readonly heartbeatSeconds: number;
  readonly pollMs: number;
  readonly role: PlatformRole;
  readonly log: Logger;
  /** A hold for the time of one job. */
  lease(): Lease;
  /** See `createHeldJobs`. Default false. */
  readonly silent?: boolean;
}

/** The engine. */
export interface PgbossJobs {
  readonly jobs: Jobs;
  readonly control: JobControl;
  readonly schedules: JobSchedules;
  readonly eraser: TenantEraser;
  /** Begins to listen, to add the jobs of schedules, and to end what waits for jobs that died. */
  start(): () => Promise<void>;
  /** Ends it; jobs at work for more than `timeoutMs` (default 500) are given back. */
  close(timeoutMs?: number): Promise<void>;
}

/** Creates the engine. */
export function createPgbossJobs(options: PgbossJobsOptions): PgbossJobs {
  const { storage, link, heartbeatSeconds, pollMs, role, log, silent = false } = options;
  const families = createJobFamilies(link);
  const endings = createJobEndings(link, families);
  const intake = createJobIntake(link, heartbeatSeconds);
  const control = createJobControl(link, families);
  const schedules = createJobSchedules(link, intake, storage, { everyMs: Math.min(pollMs, 250), log });
  /** Those that take jobs, and all that still have some at work. */
  const workers = new Map<string, PgbossWorker>();
  const open = new Set<PgbossWorker>();
  let closed = false;
  let listening: Promise<() => Promise<void>> | undefined;
  const guarded = guard(() => closed);

  const hear = (text: string | undefined): void => {
    if (text === undefined) for (const worker of workers.values()) worker.wake();
    else if (text.startsWith('q:')) workers.get(text.slice(2))?.wake();
    else for (const worker of open) worker.cancelled(text.slice(2));
  };

  const work: Jobs['work'] = async (queue, handler, how = {}) => {
    checkWorkOptions(queue, how);
    if (workers.has(queue)) throw jobsErrors.AF_JOB_WORKER_EXISTS({ queue });
    if (role === 'api') return { close: async () => {} };
    await link.ensureQueue(queue);
    await (listening ??= link.listen(hear));
    if (workers.has(queue)) throw jobsErrors.AF_JOB_WORKER_EXISTS({ queue });
    const parts = { link, endings, leaseMs: heartbeatSeconds * 1000, pollMs, silent, log };
    const worker = createQueueWorker({ ...parts, lease: options.lease }, queue, handler, how);
    workers.set(queue, worker);
    open.add(worker);
    let closing: Promise<void> | undefined;
    return {
      close(timing) {
        if (workers.get(queue) === worker) workers.delete(queue);
        return (closing ??= worker.close(timing).finally(() => open.delete(worker)));
      },
    };
  };

  return {
    jobs: guarded({ enqueue: (jobs, { tx } = {}) => intake.enqueue(jobs, tx), work }),
    control: guarded(control),
    schedules: guarded<JobSchedules>({
      set: schedules.set,
      remove: schedules.remove,
      list: schedules.list,
    }),
    eraser: createJobsEraser({
      name: 'jobs-pgboss',
      control,
      schedules,
      async remove(ids) {
        // Who waits for one that died must hear so before it is gone.
        await families.failed();
        await link.query(
          `WITH gone AS (DELETE FROM ${schema}.job WHERE id = ANY($1::uuid[]) RETURNING name, id)
            DELETE FROM ${schema}.job_dependency d USING gone g
            WHERE (d.child_name = g.name AND d.child_id = g.id) OR (d.parent_name = g.name AND d.parent_id = g.id)`,
          [ids],
        );
      },
      async forget(tenant) {
        await link.query(`DELETE FROM ${schema}.af_rates WHERE tenant = $1`, [tenant]);
      },
    }),
    start() {
      const stopSchedules = schedules.start();
      let sweeping: Promise<void> | undefined;
      // pg-boss itself fails a job whose last worker is lost; nobody else then tells those who wait for it.
      const timer = setInterval(() => {
        sweeping ??= families
          .failed()
          .catch((error: unknown) =>
            log.debug('jobs that wait could not be looked at', { reason: String(error) }),
          )
          .finally(() => (sweeping = undefined));
      }, 1000);
      return async () => {
        // Another instance takes the next jobs; these end what they have.
        for (const worker of open) void worker.close();
        clearInterval(timer);
        await Promise.all([stopSchedules(), sweeping]);
      };
    },
    async close(timeoutMs = 500) {
      if (closed) return;
      closed = true;
      await Promise.all([...open].map((worker) => worker.close({ timeoutMs })));
      const stop = await listening;
      await stop?.();
    },
  };
}

/** The same methods, refused with AF_JOBS_CLOSED from the moment the engine is closed. */
function guard(isClosed: () => boolean): <T extends object>(methods: T) => T {
  return (methods) => {
    const guarded: Record<string, unknown> = {};
    for (const [name, method] of Object.entries(methods) as [string, (...given: unknown[]) => unknown][])
      guarded[name] = async (...given: unknown[]) => {
        if (isClosed()) throw jobsErrors.AF_JOBS_CLOSED({});
        return method(...given);
      };
    return guarded as typeof methods; // the same names, each with the same method behind it
  };
}
