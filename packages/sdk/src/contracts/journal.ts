import { defineContract, type SingleContract } from '../contract.ts';
import type { RunEvent } from '../domain/event.ts';
import type { Run, RunStatus } from '../domain/run.ts';

/** Which runs to list, newest first. */
export interface RunQuery {
  readonly agent?: string;
  readonly status?: readonly RunStatus[];
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  /** Runs created before this one (its id): the last of the page before. */
  readonly before?: string;
}

/** The append-only record of every run. SQL is the truth; a run can be rebuilt from its events alone. */
export interface Journal {
  /**
   * Appends events, all or none; resolves once they are as durable as configured. The caller numbers them; a
   * number already taken or a gap is refused (AF_JOURNAL_CONFLICT), so two writers never both advance a run; so
   * is anything after a final event, and a first event whose idempotency key has started another run (find that
   * one with `runByKey`). `run` is the run after these events, kept beside them for lists; its input and metadata
   * are kept from the first append and never change. Append several events at once where you can: each call
   * that is waited for costs a commit.
   */
  append(events: readonly RunEvent[], run: Run): Promise<void>;
  /** Events of a run after `after` (default 0), in order; at most `limit` (default 1,000). */
  read(
    runId: string,
    options?: { readonly after?: number; readonly limit?: number },
  ): Promise<readonly RunEvent[]>;
  /**
   * Events of a run after `after`, then new ones as they are written; ends after a final event, or when
   * `signal` aborts.
   */
  follow(
    runId: string,
    options?: { readonly after?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<RunEvent>;
  /** The run as of its last event. */
  run(runId: string): Promise<Run | undefined>;
  /** The run started with this idempotency key. */
  runByKey(idempotencyKey: string): Promise<Run | undefined>;
  /** Runs, newest first. */
  runs(query?: RunQuery): Promise<readonly Run[]>;
}

/** Token of {@link Journal}. */
export const Journal: SingleContract<Journal> = defineContract<Journal>({
  id: 'journal',
  version: '1.0.0',
  description: 'The append-only record of every run.',
});
