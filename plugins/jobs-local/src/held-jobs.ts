import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '@agent-factory/sdk';
import { jobsErrors, type JobState, type Storage } from '@agent-factory/sdk/contracts';
import { changeRows, type PassedRow } from './change-rows.ts';
import type { LocalJobsConfig } from './config.ts';
import type { ClaimedRow } from './job-rows.ts';
import type { JobStatements } from './job-statements.ts';

/** A job that this process holds. */
export interface Held {
  readonly row: ClaimedRow;
  readonly signal: AbortSignal;
  /** By `performance.now()`: until then nobody else can have it. */
  readonly until: number;
  /** It is no longer this process's, or has ended: nothing may be reported any more. */
  readonly over: boolean;
  /** Its end is being written. */
  ending: boolean;
}

/** The jobs this process holds; reports that it lives, for all of them in one statement. */
export interface HeldJobs {
  /** Takes up what was claimed; `claimedAt` by `performance.now()`, before it was. `onOver` comes once, however it ends. */
  add(row: ClaimedRow, claimedAt: number, onOver: () => void): Held;
  /** It has ended as it should. */
  done(held: Held): void;
  /** It is no longer ours: its handler is told why. */
  lose(held: Held, reason: Error): void;
  /** Why a job that should be held is not. */
  reasonFor(id: string): Promise<Error>;
  byId(id: string): Held | undefined;
  /** Looks now whether all are still ours. */
  check(): void;
  close(): void;
}

interface Entry extends Held {
  until: number;
  over: boolean;
  readonly controller: AbortController;
  onOver(): void;
}

/** What reporting needs. */
export interface HeldJobsOptions {
  readonly storage: Storage;
  readonly sql: JobStatements;
  readonly config: LocalJobsConfig;
  readonly log: Logger;
}

/** Creates an empty register; it reports only while it holds something. */
export function createHeldJobs({ storage, sql, config, log }: HeldJobsOptions): HeldJobs {
  const { leaseMs, heartbeatMs } = config;
  const outside = AsyncLocalStorage.snapshot();
  const all = new Set<Entry>();
  let timer: NodeJS.Timeout | undefined;
  let beating = false;
  let again = false;
  let closed = false;

  const end = (held: Entry): boolean => {
    if (held.over) return false;
    held.over = true;
    all.delete(held);
    return true;
  };
  const lose = (held: Entry, reason: Error): void => {
    if (!end(held)) return;
    held.controller.abort(reason);
    held.onOver();
  };
  const lost = (job: string): Error => jobsErrors.AF_JOB_LOST({ job, ms: leaseMs });
  const reasonFor = async (id: string): Promise<Error> => {
    const [row] = await storage.query<{ state: JobState }>(
      'SELECT state FROM af_jobs_local_jobs WHERE id = ?',
      [id],
    );
    // One that is gone went with its tenant.
    return row === undefined || row.state === 'cancelled'
      ? jobsErrors.AF_JOB_CANCELLED({ job: id })
      : lost(id);
  };

  const beat = async (): Promise<void> => {
    const mine = [...all].filter(({ ending }) => !ending);
    if (mine.length === 0) return;
    const sentAt = performance.now();
    const kept = await changeRows(
      storage,
      sql.beat,
      mine.map(({ row: { id, fence } }): PassedRow => [id, fence, leaseMs]),
    );
    for (const held of mine) {
      if (kept.has(held.row.id)) held.until = sentAt + leaseMs;
      else if (!held.over && !held.ending) lose(held, await reasonFor(held.row.id));
    }
  };

  /** What could not be reported in time may be somebody else's by now. */
  const loseUnreported = (): void => {
    for (const held of all) {
      if (performance.now() <= held.until) continue;
      log.warn('A job was lost, because this process could not report in time.', { job: held.row.id });
      lose(held, lost(held.row.id));
    }
  };

  const report = async (): Promise<void> => {
    if (beating) {
      again = true;
      return;
    }
    beating = true;
    try {
      do {
        again = false;
        await beat();
      } while (again);
    } catch (error) {
      log.warn('It could not be reported that jobs are being done.', { error });
    }
    beating = false;
    loseUnreported();
  };

  const schedule = (): void => {
    if (timer === undefined && !closed && all.size > 0) timer = setTimeout(tick, heartbeatMs);
  };
  const tick = (): void => {
    timer = undefined;
    if (beating) loseUnreported();
    void outside(report);
    schedule();
  };

  return {
    add(row, claimedAt, onOver) {
      const controller = new AbortController();
      const { signal } = controller;
      const held = {
        row,
        controller,
        signal,
        until: claimedAt + leaseMs,
        over: false,
        ending: false,
        onOver,
      };
      all.add(held);
      outside(schedule);
      return held;
    },
    done(held) {
      const entry = held as Entry; // only `add` makes them
      if (end(entry)) entry.onOver();
    },
    lose: (held, reason) => lose(held as Entry, reason), // only `add` makes them
    reasonFor,
    byId: (id) => [...all].find(({ row }) => row.id === id),
    check: () => void outside(report),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
