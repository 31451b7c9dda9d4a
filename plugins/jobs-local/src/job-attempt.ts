import { setTimeout as sleep } from 'node:timers/promises';
import type { Json, Lease } from '@agent-factory/sdk';
import {
  isJson,
  jobFailure,
  jobRetryDelay,
  jobsErrors,
  mayRetryJob,
  type JobBackoff,
  type JobContext,
  type JobHandler,
} from '@agent-factory/sdk/contracts';
import type { Held } from './held-jobs.ts';
import type { Ending } from './job-endings.ts';
import { jobOf } from './job-rows.ts';
import { byIndex } from './job-statements.ts';
import type { JobsCore } from './jobs-core.ts';

const defaultBackoff: Required<JobBackoff> = { kind: 'exponential', delayMs: 1000, maxMs: 300_000 };
/** Between two tries to write how a job ended, while the database cannot be written to. */
const againMs = 200;

/** Does one job that this process holds, and writes how it ended. Never rejects. */
export async function attemptJob(core: JobsCore, held: Held, handler: JobHandler): Promise<void> {
  const ending = await work(core, held, handler);
  if (held.over) return;
  held.ending = true;
  while (!held.over) {
    try {
      const accepted = await core.endings.add(ending);
      if (accepted) {
        core.held.done(held);
        if (ending.state === 'waiting' || ending.state === 'delayed')
          core.announcer.added(held.row.queue, ending.delayMs ?? 0);
      } else core.held.lose(held, await core.held.reasonFor(held.row.id));
      return;
    } catch (error) {
      core.log.warn('It could not be written how a job ended.', { job: held.row.id, error });
      if (performance.now() > held.until)
        core.held.lose(held, jobsErrors.AF_JOB_LOST({ job: held.row.id, ms: core.config.leaseMs }));
      else await sleep(againMs);
    }
  }
}

/** Gives a job back for others, at once and without using up its attempt. */
export async function giveBack(core: JobsCore, held: Held, reason: Error): Promise<void> {
  if (held.over) return;
  const { id, fence, queue, parent_id: parentId } = held.row;
  core.held.lose(held, reason);
  try {
    if (await core.endings.add({ id, fence, parentId, state: 'waiting', givenBack: true }))
      core.announcer.added(queue, 0);
  } catch (error) {
    core.log.warn('A job could not be given back; it is given on when its lease has run out.', {
      job: id,
      error,
    });
  }
}

async function work(core: JobsCore, held: Held, handler: JobHandler): Promise<Ending> {
  const { row, signal } = held;
  const { id, fence, parent_id: parentId } = row;
  let lease: Lease | undefined;
  let context: JobContext;
  try {
    lease = core.lease();
    context = {
      job: jobOf(row),
      fence,
      signal,
      log: core.log.child({ job: id, queue: row.queue }),
      children: row.children > 0 ? await childResults(core, id) : [],
      progress: (value) => keepProgress(core, held, value),
    };
  } catch (error) {
    lease?.release();
    core.log.warn('A job could not be begun.', { job: id, error });
    return { id, fence, parentId, state: 'delayed', delayMs: core.config.pollMs, givenBack: true };
  }
  const { signal: end } = lease;
  const stop = (): void => void giveBack(core, held, jobsErrors.AF_JOBS_CLOSED({}));
  end.addEventListener('abort', stop, { once: true });
  try {
    const value = await lease.run(async () => handler(context));
    if (value === undefined) return { id, fence, parentId, state: 'completed' };
    if (!isJson(value)) throw new TypeError('its result is no JSON');
    return { id, fence, parentId, state: 'completed', result: JSON.stringify(value) };
  } catch (error) {
    const failed = { id, fence, parentId, error: JSON.stringify(jobFailure(error)) };
    if (row.attempt >= row.attempts || !mayRetryJob(error)) return { ...failed, state: 'dead' };
    const delayMs = jobRetryDelay(backoffOf(row.backoff), row.attempt);
    return { ...failed, state: delayMs > 0 ? 'delayed' : 'waiting', delayMs };
  } finally {
    end.removeEventListener('abort', stop);
    lease.release();
  }
}

function backoffOf(text: string | null): Required<JobBackoff> {
  // Written by this plugin alone.
  return text === null ? defaultBackoff : (JSON.parse(text) as Required<JobBackoff>);
}

async function childResults({ storage }: JobsCore, id: string): Promise<readonly Json[]> {
  const rows = await storage.query<{ result: string | null }>(
    `SELECT result FROM af_jobs_local_jobs${byIndex(storage.dialect, 'parent')} WHERE parent_id = ? ORDER BY place`,
    [id],
  );
  return rows.map(({ result }) => (result === null ? null : (JSON.parse(result) as Json))); // written by this plugin alone
}

async function keepProgress(core: JobsCore, held: Held, value: Json): Promise<void> {
  if (!held.over && !isJson(value)) throw new TypeError('The progress of a job must be JSON.');
  if (!held.over) {
    const { id, fence } = held.row;
    const { changes } = await core.storage.execute(
      "UPDATE af_jobs_local_jobs SET progress = ? WHERE id = ? AND fence = ? AND state = 'active'",
      [JSON.stringify(value), id, fence],
    );
    if (changes > 0) return;
    if (!held.over && !held.ending) core.held.lose(held, await core.held.reasonFor(id));
  }
  throw held.signal.reason ?? jobsErrors.AF_JOB_LOST({ job: held.row.id, ms: core.config.leaseMs });
}
