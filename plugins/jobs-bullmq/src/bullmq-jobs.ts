import type { Lease, Logger, PlatformRole } from '@agent-factory/sdk';
import {
  checkWorkOptions,
  createJobsEraser,
  jobsErrors,
  type JobControl,
  type Jobs,
  type JobSchedules,
  type MaintenanceTask,
  type Storage,
  type TenantEraser,
} from '@agent-factory/sdk/contracts';
import { createDispatcher } from './dispatcher.ts';
import { createJobControl } from './job-control.ts';
import { createJobFamilies } from './job-families.ts';
import { createJobIntake } from './job-intake.ts';
import { createJobLedger } from './job-ledger.ts';
import { removeOldJobs } from './job-retention.ts';
import { createJobSchedules } from './job-schedules.ts';
import { createJobWorker, type BullmqWorker } from './job-worker.ts';
import { createReconciler, type Reconciler } from './reconciler.ts';
import type { RedisLink } from './redis-link.ts';

/** What the engine needs. The tables exist, the link is open. */
export interface BullmqJobsOptions {
  readonly storage: Storage;
  readonly link: RedisLink;
  readonly prefix: string;
  readonly leaseMs: number;
  readonly checkMs: number;
  readonly keepDays: number;
  readonly role: PlatformRole;
  readonly log: Logger;
  /** A hold for the time of one job. */
  lease(): Lease;
  /** See `createHeldJobs`. Default false. */
  readonly silent?: boolean;
}

/** The engine. */
export interface BullmqJobs {
  readonly jobs: Jobs;
  readonly control: JobControl;
  readonly schedules: JobSchedules;
  readonly reconciler: Reconciler;
  readonly tasks: readonly MaintenanceTask[];
  readonly eraser: TenantEraser;
  /** Begins to look after what was forgotten, and to add the jobs of schedules. */
  start(): () => Promise<void>;
  /** Ends it; jobs at work for more than `timeoutMs` (default 500) are given back. */
  close(timeoutMs?: number): Promise<void>;
}

/** Creates the engine: SQL holds the jobs, Redis carries the calls to work. */
export function createBullmqJobs(options: BullmqJobsOptions): BullmqJobs {
  const { storage, link, prefix, leaseMs, checkMs, role, log, silent = false } = options;
  const ledger = createJobLedger(storage, leaseMs);
  const dispatcher = createDispatcher(link, prefix, log);
  const families = createJobFamilies(ledger, dispatcher);
  const reconciler = createReconciler({
    ledger,
    dispatcher,
    families,
    link,
    prefix,
    leaseMs,
    checkMs,
    log,
  });
  const intake = createJobIntake({ ledger, dispatcher, expect: (ids) => reconciler.expect(ids) });
  /** Those that take jobs, and all that still have some at work. */
  const workers = new Map<string, BullmqWorker>();
  const open = new Set<BullmqWorker>();
  const channel = `${prefix}:cancelled`;
  const control = createJobControl({
    ledger,
    dispatcher,
    families,
    tellCancelled: (id) =>
      link.commands.publish(channel, id).then(
        () => undefined,
        () => undefined, // the worker's next look at its leases tells it
      ),
    lookSoon: () => reconciler.expect(['soon']),
  });
  const schedules = createJobSchedules(storage, intake, { everyMs: Math.min(checkMs, 250), log });
  let closed = false;
  const guarded = guard(() => closed);

  let listening = false;
  const listen = (): void => {
    if (listening) return;
    listening = true;
    const ears = link.openPatient().redis;
    void ears.subscribe(channel);
    ears.on('message', (_, id: string) => {
      for (const worker of open) worker.cancelled(id);
    });
  };

  const work: Jobs['work'] = async (queue, handler, how = {}) => {
    checkWorkOptions(queue, how);
    if (workers.has(queue)) throw jobsErrors.AF_JOB_WORKER_EXISTS({ queue });
    if (role === 'api') return { close: async () => {} };
    listen();
    const parts = { ledger, dispatcher, families, link, prefix, leaseMs, silent, log };
    const worker = createJobWorker({ ...parts, lease: options.lease }, queue, handler, how);
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
    reconciler,
    tasks: [
      {
        name: 'jobs-bullmq-reconcile',
        description:
          'Dispatches again the jobs that Redis has forgotten, and gives away those of lost workers.',
        everyMs: 10_000,
        run: async () => ({ ...(await reconciler.run()) }),
      },
      {
        name: 'jobs-bullmq-retention',
        description: `Removes jobs that ended more than ${options.keepDays} days ago.`,
        everyMs: 3_600_000,
        run: ({ signal }) => removeOldJobs(ledger, options.keepDays, signal),
      },
    ],
    eraser: createJobsEraser({
      name: 'jobs-bullmq',
      control,
      schedules,
      // A call that is still in Redis finds nothing to do.
      async remove(ids) {
        // A job that is not there counts as completed: who waits for one that died must hear so before.
        await families.ended(ids.map((id) => ({ id, has_parent: 1 })));
        const text = `DELETE FROM af_jobs_bullmq_jobs WHERE id ${ledger.sql.inIds}`;
        await storage.execute(text, [JSON.stringify(ids)]);
      },
      async forget(tenant) {
        await storage.execute('DELETE FROM af_jobs_bullmq_rates WHERE tenant = ?', [tenant]);
      },
    }),
    start() {
      const stops = [reconciler.start(), schedules.start()];
      return async () => {
        // Another instance takes the next jobs; these end what they have.
        for (const worker of open) void worker.close();
        await Promise.all(stops.map((stop) => stop()));
      };
    },
    async close(timeoutMs = 500) {
      if (closed) return;
      closed = true;
      await Promise.all([...open].map((worker) => worker.close({ timeoutMs })));
      await dispatcher.close();
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
