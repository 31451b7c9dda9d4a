import assert from 'node:assert/strict';
import type {
  Job,
  JobContext,
  JobControl,
  JobHandler,
  Jobs,
  JobSchedules,
  JobState,
} from '../contracts/jobs.ts';
import type { Storage } from '../contracts/storage.ts';
import type { Json } from '../json.ts';
import type { PlatformRole } from '../plugin.ts';
import type { ConformanceCase } from './conformance.ts';
import { waitFor } from './wait-for.ts';

/** One process of a platform: an engine of its own on the shared back end. */
export interface JobsProcess {
  readonly jobs: Jobs;
  readonly control: JobControl;
  readonly schedules: JobSchedules;
  /** Erases what the engine has of a tenant, as its `TenantEraser` does. */
  erase(tenant: string): Promise<void>;
  /** The storage whose transactions `enqueue` takes. */
  readonly storage: Storage;
  /** Ends the engine as the platform does when it stops. Safe to call twice. */
  close(): Promise<void>;
}

/** Which process to open. */
export interface JobsProcessOptions {
  /** Default `all`. */
  readonly role?: PlatformRole;
  /**
   * A process that takes jobs, but never reports that it lives: as if it stood still, or were cut off, except that what
   * its handlers give is still sent. Default false.
   */
  readonly silent?: boolean;
}

/** An empty back end for one case. */
export interface JobsFixture {
  open(options?: JobsProcessOptions): Promise<JobsProcess>;
  /** Closes every process and removes the back end. */
  close(): Promise<void>;
}

/** What differs between engines without being a fault; in the engine's documentation too. */
export interface JobsFacts {
  /** Milliseconds within which the job of a silent worker is surely given to another. */
  readonly lostWithinMs: number;
  /** Milliseconds that a shorter delay or pause may be stretched to. Default 1. */
  readonly resolutionMs?: number;
  /** Cases that do not hold, by name, each with the reason. A name that there is not is refused. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** Declares a case with one process open. */
export type On = (
  name: string,
  work: (process: JobsProcess, fixture: JobsFixture) => Promise<void>,
) => ConformanceCase;

/** A handler that remembers what it got, in order. */
export interface Recorder {
  readonly handler: JobHandler;
  readonly seen: readonly JobContext[];
}

/** Records, then does `work`. */
export function record(work: JobHandler = async () => undefined): Recorder {
  const seen: JobContext[] = [];
  const handler: JobHandler = async (context) => {
    seen.push(context);
    return work(context);
  };
  return { handler, seen };
}

/** A handler that works until it is let go, or its signal is aborted; then it throws the signal's reason. */
export interface Gate extends Recorder {
  /** Lets all go, those at work and those to come. */
  open(result?: Json): void;
}

/** Creates a gate that is shut. */
export function shutGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<Json | void>();
  const recorder = record(({ signal }) => {
    const stopped = Promise.withResolvers<never>();
    const stop = (): void => stopped.reject(signal.reason as Error); // the engine gives errors as reasons
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    return Promise.race([promise, stopped.promise]);
  });
  return { ...recorder, open: (result) => resolve(result) };
}

/** Waits until the job is in a state, and gives it. */
export async function jobIn(control: JobControl, id: string, state: JobState, ms?: number): Promise<Job> {
  let found: Job | undefined;
  try {
    return await waitFor(
      `${id} to be ${state}`,
      async () => {
        found = await control.get(id);
        return found?.state === state && found;
      },
      ms,
    );
  } catch (error) {
    assert.fail(`${error instanceof Error ? error.message : String(error)}; it is ${JSON.stringify(found)}`);
  }
}

/** The first of some ids; enqueue gives one for each job. */
export function only(ids: readonly string[]): string {
  assert.equal(ids.length, 1);
  const [id] = ids;
  assert.ok(typeof id === 'string' && id.length > 0);
  return id;
}

/** What the jobs that a recorder saw carried under `n`. */
export function numbers(recorder: Recorder): readonly Json[] {
  return recorder.seen.map(({ job }) => job.data['n'] ?? null);
}
