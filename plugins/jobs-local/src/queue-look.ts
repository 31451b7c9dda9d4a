import { AsyncLocalStorage } from 'node:async_hooks';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { jobsErrors } from '@agent-factory/sdk/contracts';
import type { JobsCore } from './jobs-core.ts';

/** Looks at a queue from time to time: for what others added, what is due, and what was lost. */
export interface QueueLook {
  /** Looks after so many milliseconds, if it would not sooner. */
  within(ms: number): void;
  close(): void;
}

interface Seen {
  readonly now: number;
  readonly due: number | null;
  readonly lease: number | null;
  readonly waiting: number;
}

/** Begins to look. `onWork`: there are jobs that can begin. */
export function createQueueLook(core: JobsCore, queue: string, onWork: () => void): QueueLook {
  const { storage, sql, ids, endings, log } = core;
  const { pollMs, leaseMs } = core.config;
  const outside = AsyncLocalStorage.snapshot();
  let timer: NodeJS.Timeout | undefined;
  let at = Infinity;
  let closed = false;
  let failing = false;

  /** Gives on what is held by workers that nobody hears of any more. */
  const takeBack = async (): Promise<void> => {
    const rows = await storage.query<{
      id: string;
      fence: number;
      attempt: number;
      attempts: number;
      parent_id: string | null;
    }>(sql.expired, [queue]);
    const taken = await Promise.all(
      rows.map(({ id, fence, attempt, attempts, parent_id: parentId }) => {
        const { code, message } = jobsErrors.AF_JOB_LOST({ job: id, ms: leaseMs });
        const state = attempt < attempts ? 'waiting' : 'dead';
        return endings.add({
          id,
          fence,
          parentId,
          state,
          error: JSON.stringify({ code, message }),
          expired: true,
        });
      }),
    );
    const count = taken.filter(Boolean).length;
    if (count > 0)
      log.warn('Jobs were taken back from a worker that does not report any more.', { queue, count });
  };

  const look = async (): Promise<number> => {
    const [seen] = await storage.query<Seen>(sql.look, [queue, queue, queue]);
    if (seen === undefined || closed) return pollMs;
    const { now, due, lease, waiting } = seen;
    ids.sync(now);
    const isDue = due !== null && due <= now;
    const isLost = lease !== null && lease < now;
    if (isDue) await storage.execute(sql.promote, [queue]);
    if (isLost) await takeBack();
    if (isDue || isLost || waiting > 0) onWork();
    const next = Math.min(due ?? Infinity, (lease ?? Infinity) + 1) - now;
    return next > 0 ? Math.min(pollMs, next) : pollMs;
  };

  const run = async (): Promise<void> => {
    let next = pollMs;
    try {
      next = await look();
      if (failing) log.info('The queue can be looked at again.', { queue });
      failing = false;
    } catch (error) {
      if (isAgentFactoryError(error, 'AF_STORAGE_CLOSED')) return;
      if (!failing) log.warn('The queue cannot be looked at.', { queue, error });
      failing = true;
    }
    within(next);
  };

  const within = (ms: number): void => {
    const wanted = performance.now() + ms;
    if (closed || wanted >= at) return;
    at = wanted;
    clearTimeout(timer);
    timer = outside(() =>
      setTimeout(() => {
        at = Infinity;
        void run();
      }, ms),
    );
  };

  within(0);
  return {
    within,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
