import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, Logger } from '@agent-factory/sdk';
import {
  checkWorkOptions,
  jobsErrors,
  type JobHandler,
  type JobWorker,
  type WorkOptions,
} from '@agent-factory/sdk/contracts';
import { WaitingError, Worker, type Job as BullmqJob } from 'bullmq';
import { readCall, type SentCall } from './call-names.ts';
import type { Dispatcher } from './dispatcher.ts';
import { createDesks } from './desks.ts';
import { createHeldJobs, type HeldJob } from './held-jobs.ts';
import { createJobAttempts } from './job-attempt.ts';
import type { JobFamilies } from './job-families.ts';
import type { Call, JobLedger } from './job-ledger.ts';
import type { JobRow } from './job-rows.ts';
import { graceMs } from './ledger-sql.ts';
import { createPlaces } from './places.ts';
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
/** Calls that are taken out of Redis at once. One of them may be for many jobs. */
const mostTakers = 4;
/** Milliseconds that the rest of a call waits for places, before others may have it. */
const patienceMs = 10;

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
  const takers = Math.max(1, Math.min(mostTakers, Math.floor(concurrency / 3)));
  // Each taker holds a place from the start: it asks Redis for nothing it has no room for.
  const places = createPlaces(concurrency - takers);
  const desks = createDesks(concurrency, {
    // Jobs that are done in no time are claimed before there is a desk for them, or SQL and Redis would take turns; from
    // more calls at once, since a statement costs nearly as much for ten as for fifty. One taker alone keeps them in order.
    onPace(quick) {
      const ahead = quick && !limited;
      worker.concurrency = ahead && takers > 1 ? takers * 2 : takers;
      places.resize(concurrency * (ahead ? 5 : 1) - worker.concurrency);
    },
  });
  const held = createHeldJobs(ledger, {
    leaseMs,
    silent: parts.silent,
    log,
    onTouch() {
      if (worker.isPaused() && !closing) void worker.resume();
    },
  });
  const limited = options.perTenant && createLimitedQueue(queue, options.perTenant, ledger, dispatcher);
  const attempts = createJobAttempts({
    queue,
    handler,
    ledger,
    dispatcher,
    families,
    held,
    leaseMs,
    log,
    lease: () => parts.lease(),
    left: (tenant) => limited?.freed(tenant),
  });
  const { unwritten } = attempts;
  const performing = new Set<Promise<void>>();
  /** Calls that are being answered: more jobs may yet begin. */
  const answers = new Set<Promise<void>>();
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

  /** When this fails the job is another's as soon as its lease has run out. */
  const giveBack = (job: HeldJob): Promise<void> =>
    attempts.giveBack(job).catch((error: unknown) => {
      log.warn('a job could not be given back', { job: job.id, reason: String(error) });
    });

  const leaveToOthers = async ({ ids, dispatch }: SentCall): Promise<void> => {
    const calls = await storage.query<Call>(
      `UPDATE af_jobs_bullmq_jobs SET dispatch = dispatch + 1, check_at = ${sql.now} + ${graceMs}
        WHERE id ${sql.inIds} AND dispatch = ? AND state = 'waiting' RETURNING ${sql.call}`,
      [JSON.stringify(ids), dispatch],
    );
    await dispatcher.send(calls.map((call) => ({ ...call, delay: 50 })));
  };

  /** Begins a job in a place, which it gives back. Resolves when the job is at work, or is not to be had. */
  const begin = async (id: string, dispatch: number): Promise<void> => {
    let row: JobRow | undefined;
    try {
      if (unwritten.size > unwrittenLimit) await Promise.race(unwritten);
      row = await (limited ?? ledger).claim(id);
      if (!row) await setAside(id, dispatch);
    } catch (error) {
      places.give();
      throw error;
    }
    if (!row) return places.give();
    const job = held.add(row);
    if (givingBack) {
      held.drop(job);
      places.give();
      return giveBack(job);
    }
    const doing = desks
      .sit(job, () => attempts.perform(row, job))
      .catch(async (error: unknown) => {
        log.warn('a job could not be begun', { job: job.id, reason: String(error) });
        await sleep(50);
        return false;
      })
      .then(async (sat) => {
        if (sat) return;
        held.drop(job);
        if (!job.controller.signal.aborted) await giveBack(job);
      })
      .finally(() => {
        performing.delete(doing);
        places.give();
      });
    performing.add(doing);
  };

  /** Begins what there are places for; gives what is left over: jobs to be tried again, and why. */
  const beginSome = async (
    { ids, dispatch }: SentCall,
    count: number,
  ): Promise<{ readonly rest: readonly string[]; readonly reason?: string }> => {
    const failed: string[] = [];
    let reason = '';
    await Promise.all(
      ids.slice(0, count).map((id) =>
        begin(id, dispatch).catch((error: unknown) => {
          failed.push(id);
          reason = String(error);
        }),
      ),
    );
    const rest = [...failed, ...ids.slice(count)];
    return failed.length > 0 ? { rest, reason } : { rest };
  };

  /**
   * Answers a call. It comes with a place and ends with one, so that the next call finds room; what finds none soon goes
   * back to the head of the queue.
   */
  const answer = async (call: BullmqJob<unknown>, token: string | undefined): Promise<void> => {
    const { ids: asked, dispatch } = readCall(call.id ?? '', call.data);
    let ids = asked;
    let pause = 50;
    let placed = true;
    let back = false;
    while (ids.length > 0) {
      if (held.isOutOfTouch()) {
        await worker.pause(true);
        // SQL may well be away: then the call itself is left to them.
        back = !(await leaveToOthers({ ids, dispatch }).then(
          () => true,
          () => false,
        ));
        break;
      }
      placed ||= await places.wait(patienceMs);
      back = closing || !placed;
      if (back) break;
      placed = false;
      const { rest, reason } = await beginSome({ ids, dispatch }, 1 + places.take(ids.length - 1));
      ids = rest;
      if (reason === undefined) continue;
      // SQL cannot be asked. The call is kept until it can; without it the jobs would wait for the next look.
      if (pause === 50)
        log.warn('jobs could not be taken, trying again', { queue, jobs: ids.length, reason });
      await sleep(pause);
      pause = Math.min(pause * 2, 1000);
    }
    if (back) await putBack(call, ids, token);
    if (!placed) await places.wait();
    if (back) throw new WaitingError();
  };

  /** A call that cannot be put back has been given to others, or will be when its lock has run out. */
  const putBack = async (
    call: BullmqJob<unknown>,
    ids: readonly string[],
    token: string | undefined,
  ): Promise<void> => {
    try {
      await call.updateData(ids);
      await call.moveToWait(token);
    } catch (error) {
      log.debug('a call could not be put back', { queue, reason: String(error) });
    }
  };

  const take = async (call: BullmqJob<unknown>, token: string | undefined): Promise<void> => {
    const done = answer(call, token);
    answers.add(done);
    await done.finally(() => answers.delete(done));
  };

  const connection = link.openPatient();
  const worker = new Worker(queue, take, {
    connection: connection.redis,
    prefix,
    concurrency: takers,
    lockDuration: leaseMs,
    stalledInterval: leaseMs,
    // How often a worker may die over a job is counted in SQL.
    maxStalledCount: 1_000_000,
    runRetryDelay: 1000,
    skipVersionCheck: true,
  });
  worker.on('error', (error) => log.debug('a worker in Redis reports an error', { reason: error.message }));

  return {
    cancelled: (id) => held.cancelled(id),
    async close({ timeoutMs = 30_000 } = {}) {
      closing = true;
      places.close();
      desks.close();
      // Not BullMQ's own way to close, which waits for ever for a Redis that is away.
      const idle = worker.isPaused() ? Promise.resolve() : worker.pause().catch(() => {});
      // Where it was paused already, calls may still be being answered.
      const drained = idle
        .then(() => Promise.allSettled(answers))
        .then(() => Promise.all(performing))
        .then(() => Promise.all(unwritten));
      const timer = new AbortController();
      const late = sleep(timeoutMs, 'late', { signal: timer.signal }).catch(() => 'drained');
      if ((await Promise.race([drained, late])) === 'late') {
        givingBack = true;
        await Promise.all(
          held.all().map(async (job) => {
            await giveBack(job);
            job.giveBack(jobsErrors.AF_JOBS_CLOSED({}));
          }),
        );
        await Promise.race([drained, sleep(2000)]);
      }
      timer.abort();
      await Promise.race([worker.close(true).catch(() => {}), sleep(1000, undefined, { ref: false })]);
      held.close();
      limited?.close();
      await connection.close();
    },
  };
}
