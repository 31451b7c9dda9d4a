import { setTimeout as sleep } from 'node:timers/promises';
import type { Json, Lease, Logger } from '@agent-factory/sdk';
import {
  checkWorkOptions,
  isJson,
  jobFailure,
  jobRetryDelay,
  jobsErrors,
  mayRetryJob,
  type JobHandler,
  type JobWorker,
  type WorkOptions,
} from '@agent-factory/sdk/contracts';
import { Worker } from 'bullmq';
import type { Dispatcher } from './dispatcher.ts';
import { createHeldJobs, type HeldJob } from './held-jobs.ts';
import type { JobFamilies } from './job-families.ts';
import type { Call, JobLedger } from './job-ledger.ts';
import { readJob, type JobRow } from './job-rows.ts';
import { graceMs } from './ledger-sql.ts';
import type { RedisLink } from './redis-link.ts';
import { createLimitedQueue } from './tenant-limits.ts';

/** What a worker needs. */
export interface WorkerParts {
  readonly ledger: JobLedger;
  readonly dispatcher: Dispatcher;
  readonly families: JobFamilies;
  readonly link: RedisLink;
  readonly prefix: string;
  readonly leaseMs: number;
  /** See `createHeldJobs`. */
  readonly silent: boolean;
  readonly log: Logger;
  lease(): Lease;
}

/** A worker that is told of cancelled jobs. */
export interface BullmqWorker extends JobWorker {
  cancelled(id: string): void;
}

/** Above this many results on their way to SQL, no further job is begun. */
const unwrittenLimit = 1000;

/** Takes the calls for a queue out of Redis, does the jobs, and writes into SQL what became of them. */
export function createJobWorker(
  parts: WorkerParts,
  queue: string,
  handler: JobHandler,
  options: WorkOptions,
): BullmqWorker {
  const { ledger, dispatcher, families, link, prefix, leaseMs, log } = parts;
  const { storage, sql } = ledger;
  const concurrency = checkWorkOptions(queue, options);
  const held = createHeldJobs(ledger, {
    leaseMs,
    silent: parts.silent,
    log,
    onTouch() {
      if (worker.isPaused() && !closing) void worker.resume();
    },
  });
  const performing = new Set<Promise<void>>();
  const unwritten = new Set<Promise<void>>();
  const limited = options.perTenant && createLimitedQueue(queue, options.perTenant, ledger, dispatcher);
  let closing = false;
  let givingBack = false;

  /**
   * A call for a job that is not to be had. Most are outdated. One that came too early is sent again; one for a paused
   * queue is used up, so that the job is looked at soon.
   */
  const setAside = async (id: string, dispatch: number): Promise<void> => {
    const calls = await storage.query<Call>(
      `UPDATE af_jobs_bullmq_jobs SET dispatch = dispatch + 1,
          check_at = CASE WHEN run_at > ${sql.now} THEN run_at + 1000 ELSE ${sql.now} + 2000 END
        WHERE id = ? AND dispatch = ? AND state = 'waiting' AND parked = 0 RETURNING ${sql.call}`,
      [id, dispatch],
    );
    await dispatcher.send(calls.filter(({ delay }) => delay > 0));
  };

  const leaveToOthers = async (id: string, dispatch: number): Promise<void> => {
    const calls = await storage.query<Call>(
      `UPDATE af_jobs_bullmq_jobs SET dispatch = dispatch + 1, check_at = ${sql.now} + ${graceMs}
        WHERE id = ? AND dispatch = ? AND state = 'waiting' RETURNING ${sql.call}`,
      [id, dispatch],
    );
    await dispatcher.send(calls.map((call) => ({ ...call, delay: 50 })));
  };

  const giveBack = async (job: HeldJob): Promise<void> => {
    const call = await ledger.release(job);
    if (call) await dispatcher.send([call]);
  };

  /** What was broken off because this process ends is no failure of the job. */
  const leave = async (job: HeldJob): Promise<boolean> => {
    await giveBack(job);
    return true;
  };

  const work = async (row: JobRow, job: HeldJob): Promise<Json | void> => {
    const children = row.children > 0 ? await ledger.childResults(row.id) : [];
    return handler({
      job: readJob(row),
      fence: row.fence,
      signal: job.controller.signal,
      log: log.child({ job: row.id, queue }),
      children,
      async progress(value) {
        if (await ledger.progress(job, value)) return;
        throw jobsErrors.AF_JOB_LOST({ job: row.id, ms: leaseMs });
      },
    });
  };

  /** Writes what became of a job, as long as it takes; the lease is held meanwhile. */
  const record = async (row: JobRow, job: HeldJob, write: () => Promise<boolean>): Promise<void> => {
    for (let pause = 20; ; pause = Math.min(pause * 2, 1000)) {
      try {
        if (!(await write()) && !job.controller.signal.aborted)
          log.warn('a result came too late', { job: row.id, code: 'AF_JOB_LOST' });
        break;
      } catch (error) {
        if (job.controller.signal.aborted) break; // somebody else has it by now
        log.warn('the end of a job could not be written, trying again', {
          job: row.id,
          reason: String(error),
        });
        await sleep(pause);
      }
    }
    held.drop(job);
    limited?.freed(row.tenant);
  };

  const succeed = async (job: HeldJob, value: Json | void): Promise<boolean> => {
    const result = value === undefined ? undefined : JSON.stringify([value]);
    const ended = await ledger.complete({ ...job, ...(result !== undefined && { result }) });
    if (ended?.has_parent === 1) await families.ended([ended]);
    return ended !== undefined;
  };

  const fail = async (row: JobRow, job: HeldJob, error: unknown): Promise<boolean> => {
    const failure = jobFailure(error);
    if (!mayRetryJob(error) || row.attempt >= row.attempts) {
      const ended = await ledger.bury(job, failure);
      if (ended) await families.ended([ended]);
      return ended !== undefined;
    }
    const call = await ledger.fail(job, failure, jobRetryDelay(JSON.parse(row.backoff), row.attempt));
    if (call) await dispatcher.send([call]);
    return call !== undefined;
  };

  const take = async (id: string, dispatch: number): Promise<void> => {
    if (held.isOutOfTouch()) {
      await worker.pause(true);
      return leaveToOthers(id, dispatch);
    }
    if (unwritten.size > unwrittenLimit) await Promise.race(unwritten);
    const row = await (limited ?? ledger).claim(id);
    if (!row) return setAside(id, dispatch);
    const job = held.add(row);
    if (givingBack) {
      held.drop(job);
      return giveBack(job);
    }
    const lease = parts.lease();
    const ending = (): void => job.controller.abort(lease.signal.reason);
    lease.signal.addEventListener('abort', ending);
    const ended = (): void => {
      lease.signal.removeEventListener('abort', ending);
      lease.release();
    };
    // The next job need not wait until SQL has the result of this one.
    const handled = lease
      .run(() => work(row, job))
      .then(
        (value) => () =>
          value === undefined || isJson(value)
            ? succeed(job, value)
            : fail(row, job, new Error('its result is no JSON')),
        (error: unknown) => () => (lease.signal.aborted ? leave(job) : fail(row, job, error)),
      )
      .then((write) => {
        const writing = record(row, job, write).finally(() => {
          ended();
          unwritten.delete(writing);
        });
        unwritten.add(writing);
      });
    await Promise.race([handled, job.given]);
  };

  const connection = link.openPatient();
  const worker = new Worker(
    queue,
    async (call) => {
      const name = call.id ?? '';
      const id = name.slice(0, 36);
      for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
        try {
          const taking = take(id, Number(name.slice(37)));
          performing.add(taking);
          return await taking.finally(() => performing.delete(taking));
        } catch (error) {
          // SQL cannot be asked. The call is kept until it can; without it the job would wait for the next look.
          if (pause === 50)
            log.warn('a job could not be taken, trying again', { job: id, reason: String(error) });
          if (closing) return;
          await sleep(pause);
        }
      }
    },
    {
      connection: connection.redis,
      prefix,
      concurrency,
      lockDuration: leaseMs,
      stalledInterval: leaseMs,
      // How often a worker may die over a job is counted in SQL.
      maxStalledCount: 1_000_000,
      runRetryDelay: 1000,
      skipVersionCheck: true,
    },
  );
  worker.on('error', (error) => log.debug('a worker in Redis reports an error', { reason: error.message }));

  return {
    cancelled: (id) => held.cancelled(id),
    async close({ timeoutMs = 30_000 } = {}) {
      closing = true;
      // Not BullMQ's own way to close, which waits for ever for a Redis that is away.
      const idle = worker.isPaused() ? Promise.resolve() : worker.pause().catch(() => {});
      const drained = idle.then(() => Promise.all(performing)).then(() => Promise.all(unwritten));
      const timer = new AbortController();
      const late = sleep(timeoutMs, 'late', { signal: timer.signal }).catch(() => 'drained');
      if ((await Promise.race([drained, late])) === 'late') {
        givingBack = true;
        await Promise.all(
          held.all().map(async (job) => {
            await giveBack(job).catch((error: unknown) => {
              log.warn('a job could not be given back', { job: job.id, reason: String(error) });
            });
            job.giveBack(jobsErrors.AF_JOBS_CLOSED({}));
          }),
        );
        await Promise.race([drained, sleep(2000)]);
      }
      timer.abort();
      await Promise.race([worker.close(true).catch(() => {}), sleep(1000, undefined, { ref: false })]);
      held.close();
      limited?.close();
      connection.close();
    },
  };
}
