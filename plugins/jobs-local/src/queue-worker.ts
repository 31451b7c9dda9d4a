import { AsyncLocalStorage } from 'node:async_hooks';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { jobsErrors, type JobHandler, type WorkOptions } from '@agent-factory/sdk/contracts';
import type { Listener } from './announcer.ts';
import { claimJobs, type Claim } from './claim-jobs.ts';
import type { Held } from './held-jobs.ts';
import { attemptJob, giveBack } from './job-attempt.ts';
import type { JobsCore } from './jobs-core.ts';
import { createQueueLook } from './queue-look.ts';

/** A worker on one queue. */
export interface QueueWorker {
  close(timeoutMs: number): Promise<void>;
}

/** What a worker works on, and how. */
export interface QueueWorkerOptions {
  readonly queue: string;
  readonly handler: JobHandler;
  readonly concurrency: number;
  readonly perTenant: WorkOptions['perTenant'];
}

/** Begins to work: takes as many jobs at once as there is room for, in one statement. */
export function createQueueWorker(core: JobsCore, options: QueueWorkerOptions): QueueWorker {
  const { queue, handler, concurrency, perTenant } = options;
  const { announcer, held, log } = core;
  const outside = AsyncLocalStorage.snapshot();
  const active = new Set<Held>();
  const idle = Promise.withResolvers<void>();
  /** There may be something to take. */
  let hungry = true;
  let scheduled = false;
  let claiming = false;
  let closing = false;

  const checkIdle = (): void => {
    if (closing && !claiming && active.size === 0) idle.resolve();
  };
  const begin = (row: Claim['rows'][number], claimedAt: number): void => {
    const job = held.add(row, claimedAt, () => {
      active.delete(job);
      // What ended may have been what kept a tenant at its limit.
      if (perTenant !== undefined) hungry = true;
      checkIdle();
      schedule();
    });
    active.add(job);
    if (closing) void giveBack(core, job, jobsErrors.AF_JOBS_CLOSED({}));
    else void attemptJob(core, job, handler);
  };

  const claim = async (): Promise<void> => {
    scheduled = false;
    const room = concurrency - active.size;
    if (closing || claiming || !hungry || room <= 0) return;
    claiming = true;
    hungry = false;
    const claimedAt = performance.now();
    try {
      const { rows, againMs } = await claimJobs(core, queue, room, perTenant);
      if (rows.length === room) hungry = true;
      if (againMs !== undefined) look.within(againMs);
      for (const row of rows) begin(row, claimedAt);
    } catch (error) {
      // The next look at the queue tries again.
      if (!isAgentFactoryError(error, 'AF_STORAGE_CLOSED'))
        log.warn('No job could be taken.', { queue, error });
    }
    claiming = false;
    checkIdle();
    schedule();
  };
  const claimOutside = (): void => void outside(claim);

  /** In a turn of its own, so that what ends together makes room for one statement together. */
  const schedule = (): void => {
    if (scheduled || claiming || closing || !hungry || active.size >= concurrency) return;
    scheduled = true;
    setImmediate(claimOutside);
  };
  const wake = (): void => {
    hungry = true;
    schedule();
  };

  const look = createQueueLook(core, queue, wake);
  const listener: Listener = {
    wake(delayMs) {
      const hasRoom = active.size < concurrency;
      if (delayMs > 0) look.within(delayMs);
      else wake();
      return hasRoom;
    },
  };
  announcer.listen(queue, listener);

  return {
    async close(timeoutMs) {
      if (!closing) {
        closing = true;
        look.close();
        announcer.leave(queue, listener);
      }
      checkIdle();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, timeoutMs);
      await Promise.race([idle.promise, late]);
      clearTimeout(timer);
      await Promise.all([...active].map((job) => giveBack(core, job, jobsErrors.AF_JOBS_CLOSED({}))));
      await idle.promise;
    },
  };
}
