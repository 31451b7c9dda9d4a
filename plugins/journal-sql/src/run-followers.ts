import { AsyncLocalStorage } from 'node:async_hooks';
import type { RunAddress, UseTenant } from '@agent-factory/sdk/contracts';
import { inList, packList } from './sql-list.ts';

/** Somebody who waits for events of one run. */
export interface Follower {
  /** Number of the last event it has seen. */
  position: number;
  /** No more events are wanted, or none will come. */
  readonly stopped: boolean;
  /** Forgets what has happened so far; to be called before reading, so that nothing falls in between. */
  reset(): void;
  /** Resolves when something was written since `reset`, or when stopped. */
  changed(): Promise<void>;
  stop(): void;
  leave(): void;
}

/** Everybody who waits, by run. */
export interface RunFollowers {
  join(run: RunAddress, position: number): Follower;
  /** Tells those who follow the run that it has new events. */
  wake(run: RunAddress): void;
  /** Tells everybody, because nobody knows what was written. */
  wakeAll(): void;
  /** Stops everybody, and every later one. */
  close(): void;
}

/** A class, since thousands wait at a time: functions of its own would be most of what each holds. */
class Waiting implements Follower {
  readonly run: RunAddress;
  position: number;
  stopped: boolean;
  readonly #left: (follower: Waiting) => void;
  #pending = false;
  #notify: (() => void) | undefined;

  constructor(run: RunAddress, position: number, stopped: boolean, left: (follower: Waiting) => void) {
    this.run = run;
    this.position = position;
    this.stopped = stopped;
    this.#left = left;
  }

  reset(): void {
    this.#pending = false;
  }

  changed(): Promise<void> {
    if (this.#pending || this.stopped) return Promise.resolve();
    return new Promise((resolve) => (this.#notify = resolve));
  }

  wake(): void {
    this.#pending = true;
    this.#notify?.();
  }

  stop(): void {
    this.stopped = true;
    this.#notify?.();
  }

  leave(): void {
    this.#left(this);
  }
}

/** Runs asked about in one statement. */
const runsPerLook = 200;

/** Creates the register of followers. `pollMs`: milliseconds between looks at what other processes wrote; 0 never looks. */
export function createRunFollowers(useTenant: UseTenant, pollMs: number): RunFollowers {
  const tenants = new Map<string, Map<string, Set<Waiting>>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const forget = (follower: Waiting): void => {
    const { tenant, runId } = follower.run;
    const runs = tenants.get(tenant);
    const others = runs?.get(runId);
    others?.delete(follower);
    if (others?.size === 0) runs?.delete(runId);
    if (runs?.size === 0) tenants.delete(tenant);
    if (tenants.size === 0) clearTimeout(timer);
  };

  const wake = ({ tenant, runId }: RunAddress, lastSeq = Infinity): void => {
    for (const follower of tenants.get(tenant)?.get(runId) ?? [])
      if (follower.position < lastSeq) follower.wake();
  };

  const everybody = function* (): Generator<Waiting> {
    for (const runs of tenants.values()) for (const followers of runs.values()) yield* followers;
  };

  const lookAt = (tenant: string, runIds: readonly string[]): Promise<void> =>
    useTenant(tenant, async (database) => {
      const rows = await database.query<{ id: string; last_seq: number }>(
        `SELECT id, last_seq FROM af_journal_sql_runs WHERE id IN ${inList(database.dialect)}`,
        [packList(runIds)],
      );
      for (const row of rows) wake({ tenant, runId: row.id }, row.last_seq);
    });

  /** One timer for all who follow: it must not end with whoever was the first. */
  const outside = AsyncLocalStorage.snapshot();
  const schedule = (): void => {
    clearTimeout(timer);
    if (pollMs > 0 && !closed) timer = outside(() => setTimeout(() => void poll(), pollMs));
  };

  const poll = async (): Promise<void> => {
    for (const [tenant, runs] of Array.from(tenants)) {
      const ids = [...runs.keys()];
      try {
        for (let start = 0; start < ids.length; start += runsPerLook)
          await lookAt(tenant, ids.slice(start, start + runsPerLook));
      } catch {
        // Whoever reads next meets the same error and can handle it; the next look may succeed.
      }
    }
    if (tenants.size > 0) schedule();
  };

  return {
    join(run, position) {
      const follower = new Waiting(run, position, closed, forget);
      if (tenants.size === 0) schedule();
      const runs = tenants.get(run.tenant) ?? new Map<string, Set<Waiting>>();
      tenants.set(run.tenant, runs);
      const others = runs.get(run.runId);
      if (others) others.add(follower);
      else runs.set(run.runId, new Set([follower]));
      return follower;
    },
    wake,
    wakeAll() {
      for (const follower of everybody()) follower.wake();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const follower of everybody()) follower.stop();
    },
  };
}
