import { setTimeout as sleep } from 'node:timers/promises';
import type { Json, Lease, Logger } from '@agent-factory/sdk';
import {
  isJson,
  jobFailure,
  jobRetryDelay,
  jobsErrors,
  mayRetryJob,
  type JobHandler,
} from '@agent-factory/sdk/contracts';
import type { Dispatcher } from './dispatcher.ts';
import type { HeldJob, HeldJobs } from './held-jobs.ts';
import type { JobFamilies } from './job-families.ts';
import type { JobLedger } from './job-ledger.ts';
import { readJob, type JobRow } from './job-rows.ts';

/** What doing a job takes. */
export interface AttemptParts {
  readonly queue: string;
  readonly handler: JobHandler;
  readonly ledger: JobLedger;
  readonly dispatcher: Dispatcher;
  readonly families: JobFamilies;
  readonly held: HeldJobs;
  readonly leaseMs: number;
  readonly log: Logger;
  lease(): Lease;
  /** Called when a job has left its place in SQL. */
  left(tenant: string): void;
}

/** Does jobs that were claimed. */
export interface JobAttempts {
  /** Resolves when the handler has ended, or the job was given back; its result may still be on its way to SQL. */
  perform(row: JobRow, job: HeldJob): Promise<void>;
  giveBack(job: HeldJob): Promise<void>;
  /** Results on their way to SQL. */
  readonly unwritten: ReadonlySet<Promise<void>>;
}

/** Creates what runs the handler of a queue and writes into SQL what became of each job. */
export function createJobAttempts(parts: AttemptParts): JobAttempts {
  const { queue, handler, ledger, dispatcher, families, held, leaseMs, log } = parts;
  const unwritten = new Set<Promise<void>>();

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
    parts.left(row.tenant);
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

  return {
    unwritten,
    giveBack,
    async perform(row, job) {
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
    },
  };
}
