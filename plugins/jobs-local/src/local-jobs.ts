import type { Lease, Logger, PlatformRole } from '@agent-factory/sdk';
import {
  checkWorkOptions,
  createJobsEraser,
  jobsErrors,
  type JobControl,
  type Jobs,
  type JobSchedules,
  type MaintenanceTask,
  type Signals,
  type Storage,
  type TenantEraser,
} from '@agent-factory/sdk/contracts';
import { createAnnouncer } from './announcer.ts';
import type { LocalJobsConfig } from './config.ts';
import { errors } from './errors.ts';
import { createHeldJobs } from './held-jobs.ts';
import { createJobEndings } from './job-endings.ts';
import { createJobIds } from './job-ids.ts';
import { createJobIntake } from './job-intake.ts';
import { jobStatements } from './job-statements.ts';
import { jobSweepTask } from './job-sweep.ts';
import type { JobsCore } from './jobs-core.ts';
import { createLocalJobControl } from './local-job-control.ts';
import { createLocalJobSchedules } from './local-job-schedules.ts';
import { createQueueWorker, type QueueWorker } from './queue-worker.ts';

/** What an engine stands on. */
export interface LocalJobsOptions {
  /** Migrated. */
  readonly storage: Storage;
  readonly signals?: Signals | undefined;
  readonly config: LocalJobsConfig;
  readonly log: Logger;
  readonly role: PlatformRole;
  /** Holds the generation that serves, for one job. */
  lease(): Lease;
}

/** An engine of jobs in one process. */
export interface LocalJobs {
  readonly jobs: Jobs;
  readonly control: JobControl;
  readonly schedules: JobSchedules;
  readonly sweep: MaintenanceTask;
  readonly eraser: TenantEraser;
  /** Ends it; jobs at work have `timeoutMs` (default 3,000) to end, then they are given back. Safe to call twice. */
  close(timeoutMs?: number): Promise<void>;
}

/** Opens an engine. AF_JOBS_LOCAL_LEASE_INVALID when its times do not fit. */
export async function openLocalJobs(options: LocalJobsOptions): Promise<LocalJobs> {
  const { storage, signals, config, log, role, lease } = options;
  const { leaseMs, heartbeatMs } = config;
  if (heartbeatMs * 3 > leaseMs) throw errors.AF_JOBS_LOCAL_LEASE_INVALID({ heartbeatMs, leaseMs });
  const sql = jobStatements(storage.dialect);
  const [clock] = await storage.query<{ now: number }>(`SELECT ${sql.now} AS now`);
  const ids = createJobIds(clock?.now ?? Date.now());
  const held = createHeldJobs({ storage, sql, config, log });
  const announcer = createAnnouncer(signals, log, () => held.check());
  const endings = createJobEndings({ storage, sql, onReady: announcer.added });
  const core: JobsCore = { storage, sql, config, log, ids, announcer, held, endings, lease };
  const intake = createJobIntake(core);
  const control = createLocalJobControl(core);
  const schedules = createLocalJobSchedules(core, intake, role !== 'api');
  /** Those that take jobs, by queue; and those that only end what they have, too. */
  const workers = new Map<string, QueueWorker>();
  const open = new Set<QueueWorker>();
  let closed: Promise<void> | undefined;

  /** Refuses everything once the engine is closed. */
  const whileOpen =
    <Args extends readonly unknown[], R>(
      work: (...args: Args) => Promise<R>,
    ): ((...args: Args) => Promise<R>) =>
    async (...args) => {
      if (closed !== undefined) throw jobsErrors.AF_JOBS_CLOSED({});
      return work(...args);
    };

  const close = async (timeoutMs: number): Promise<void> => {
    await schedules.stop();
    await Promise.all([...open].map((worker) => worker.close(timeoutMs)));
    await intake.close();
    await endings.drain();
    held.close();
    announcer.close();
  };

  return {
    jobs: {
      enqueue: whileOpen((jobs, { tx } = {}) => intake.enqueue(jobs, tx)),
      work: whileOpen(async (queue, handler, options = {}) => {
        const concurrency = checkWorkOptions(queue, options);
        if (workers.has(queue)) throw jobsErrors.AF_JOB_WORKER_EXISTS({ queue });
        const { perTenant } = options;
        const worker =
          role === 'api'
            ? { close: async () => undefined }
            : createQueueWorker(core, { queue, handler, concurrency, perTenant });
        workers.set(queue, worker);
        open.add(worker);
        return {
          async close({ timeoutMs = 30_000 } = {}) {
            // It takes no more, so that another may begin while it ends what it has.
            if (workers.get(queue) === worker) workers.delete(queue);
            await worker.close(timeoutMs);
            open.delete(worker);
          },
        };
      }),
    },
    control: {
      get: whileOpen(control.get),
      list: whileOpen(control.list),
      stats: whileOpen(control.stats),
      cancel: whileOpen(control.cancel),
      redrive: whileOpen(control.redrive),
      pause: whileOpen(control.pause),
      resume: whileOpen(control.resume),
    },
    schedules: {
      set: whileOpen(schedules.set),
      remove: whileOpen(schedules.remove),
      list: whileOpen(schedules.list),
    },
    sweep: jobSweepTask(core),
    eraser: createJobsEraser({
      name: 'jobs-local',
      control,
      schedules,
      async remove(ids) {
        await storage.execute(sql.remove, [JSON.stringify(ids)]);
      },
      async forget(tenant) {
        await storage.execute('DELETE FROM af_jobs_local_starts WHERE tenant = ?', [tenant]);
      },
    }),
    close: (timeoutMs = 3000) => (closed ??= close(timeoutMs)),
  };
}
