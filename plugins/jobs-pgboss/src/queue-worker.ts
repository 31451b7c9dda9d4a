import { setTimeout as sleep } from 'node:timers/promises';
import type { Json, Lease, Logger } from '@agent-factory/sdk';
import {
  checkWorkOptions,
  isJson,
  jobsErrors,
  type JobHandler,
  type JobWorker,
  type WorkOptions,
} from '@agent-factory/sdk/contracts';
import type { JobWithMetadata } from 'pg-boss';
import { schema, type BossLink } from './boss-link.ts';
import { createHeldJobs, type HeldJob } from './held-jobs.ts';
import type { JobEndings } from './job-endings.ts';
import { readJob, type Envelope, type JobRow, type Outcome } from './job-rows.ts';
import { createTaker } from './take-jobs.ts';

/** What a worker needs. */
export interface WorkerParts {
  readonly link: BossLink;
  readonly endings: JobEndings;
  readonly leaseMs: number;
  readonly pollMs: number;
  /** See `createHeldJobs`. */
  readonly silent: boolean;
  readonly log: Logger;
  lease(): Lease;
}

/** A worker that is told of new and of cancelled jobs. */
export interface PgbossWorker extends JobWorker {
  wake(): void;
  cancelled(id: string): void;
}

/** The most jobs taken with one statement. */
const batch = 100;

/** Takes jobs of a queue whenever there is room for them, and does them. */
export function createQueueWorker(
  parts: WorkerParts,
  queue: string,
  handler: JobHandler,
  options: WorkOptions,
): PgbossWorker {
  const { link, endings, leaseMs, pollMs, silent, log } = parts;
  const concurrency = checkWorkOptions(queue, options);
  const held = createHeldJobs(link, { queue, leaseMs, silent, log });
  const take = createTaker(link, queue, options.perTenant);
  const atWork = new Set<Promise<void>>();
  let closing = false;
  let givingBack = false;
  let woken = false;
  let wakeUp: (() => void) | undefined;
  const wake = (): void => {
    woken = true;
    wakeUp?.();
  };

  const childResults = async (ids: readonly string[]): Promise<readonly Json[]> => {
    const rows = await link.query<{ id: string; output: Outcome | null }>(
      `SELECT id::text AS id, output FROM ${schema}.job WHERE id = ANY($1::uuid[])`,
      [ids],
    );
    const results = new Map(rows.map(({ id, output }) => [id, output?.r]));
    return ids.map((id) => JSON.parse(results.get(id) ?? 'null') as Json); // written as JSON by the endings
  };

  const work = async (taken: JobWithMetadata<Envelope>, job: HeldJob): Promise<Json | void> => {
    const { data } = taken;
    const children = data.c ? await childResults(data.c) : [];
    return handler({
      job: readJob(rowOf(taken)),
      fence: taken.retryCount + 1,
      signal: job.controller.signal,
      log: log.child({ job: taken.id, queue }),
      children,
      async progress(value) {
        if (await endings.progress(queue, job, value)) return;
        throw jobsErrors.AF_JOB_LOST({ job: taken.id, ms: leaseMs });
      },
    });
  };

  /** Writes what became of a job, as long as it takes; signs of life are given meanwhile. */
  const record = async (job: HeldJob, write: () => Promise<boolean>): Promise<void> => {
    for (let pause = 20; ; pause = Math.min(pause * 2, 1000)) {
      try {
        if (!(await write()) && !job.controller.signal.aborted)
          log.warn('a result came too late', { job: job.id, code: 'AF_JOB_LOST' });
        return;
      } catch (error) {
        if (job.controller.signal.aborted) return; // somebody else has it by now
        log.warn('the end of a job could not be written, trying again', {
          job: job.id,
          reason: String(error),
        });
        await sleep(pause);
      }
    }
  };

  const perform = async (taken: JobWithMetadata<Envelope>): Promise<void> => {
    const job = held.add(taken.id, taken.retryCount);
    if (givingBack) {
      await endings.giveBack(queue, job);
      held.drop(job);
      return;
    }
    const lease = parts.lease();
    const ending = (): void => job.controller.abort(lease.signal.reason);
    lease.signal.addEventListener('abort', ending);
    const done = lease
      .run(() => work(taken, job))
      .then(
        (value) =>
          record(job, () =>
            value === undefined || isJson(value)
              ? endings.complete(taken, value)
              : endings.fail(taken, new Error('its result is no JSON')),
          ),
        // What was broken off because this process ends is no failure of the job.
        (error: unknown) =>
          record(job, () =>
            lease.signal.aborted ? endings.giveBack(queue, job) : endings.fail(taken, error),
          ),
      )
      .finally(() => {
        lease.signal.removeEventListener('abort', ending);
        lease.release();
        held.drop(job);
      });
    await Promise.race([done, job.given]);
    // Another process may wait for the tenant's place.
    if (options.perTenant?.concurrency !== undefined && !closing)
      await link.query('SELECT pg_notify($1, $2)', [schema, `q:${queue}`]).catch(() => {});
  };

  const rest = async (ms: number): Promise<void> => {
    if (woken || closing) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    wakeUp = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    wakeUp = undefined;
  };

  const loop = async (): Promise<void> => {
    while (!closing) {
      woken = false;
      const room = concurrency - atWork.size;
      if (room <= 0 || held.isOutOfTouch()) {
        await rest(pollMs);
        continue;
      }
      let waitMs = pollMs;
      try {
        const { jobs, nextMs } = await take(Math.min(room, batch));
        for (const taken of jobs) {
          const doing = perform(taken).finally(() => {
            atWork.delete(doing);
            wake();
          });
          atWork.add(doing);
        }
        if (jobs.length > 0) continue; // there may be more
        waitMs = Math.min(pollMs, nextMs);
      } catch (error) {
        log.warn('jobs could not be taken, trying again', { queue, reason: String(error) });
      }
      await rest(waitMs);
    }
  };
  const looping = loop();

  return {
    wake,
    cancelled: (id) => held.cancelled(id),
    async close({ timeoutMs = 30_000 } = {}) {
      closing = true;
      wake();
      const drained = looping.then(() => Promise.all(atWork));
      const timer = new AbortController();
      const late = sleep(timeoutMs, 'late', { signal: timer.signal }).catch(() => 'drained');
      if ((await Promise.race([drained, late])) === 'late') {
        givingBack = true;
        await looping;
        for (const job of held.all()) {
          await endings.giveBack(queue, job).catch((error: unknown) => {
            log.warn('a job could not be given back', { job: job.id, reason: String(error) });
          });
          job.giveBack(jobsErrors.AF_JOBS_CLOSED({}));
        }
        await drained;
      }
      timer.abort();
      held.close();
    },
  };
}

/** What was fetched, as if it were read. */
function rowOf(taken: JobWithMetadata<Envelope>): JobRow {
  const { id, name, data, priority, retryCount, createdOn, groupId, output } = taken;
  return {
    id,
    queue: name,
    tenant: groupId ?? '',
    data,
    output: output as Outcome | null, // written by this plugin, or by pg-boss in its own words
    state: 'active',
    priority,
    retryCount,
    begun: true,
    createdAt: createdOn.getTime(),
    endedAt: null,
  };
}
