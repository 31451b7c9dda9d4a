import type { Storage } from '@agent-factory/sdk/contracts';

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
  join(runId: string, position: number): Follower;
  /** Tells those who follow the run that it has new events. */
  wake(runId: string): void;
  /** Stops everybody, and every later one. */
  close(): void;
}

interface Waiting extends Follower {
  stopped: boolean;
  wake(): void;
}

/** Runs asked about in one statement; the list is filled up to it, so that the statement's text is always the same. */
const runsPerLook = 50;
const look =
  'SELECT id, last_seq FROM af_journal_sql_runs WHERE id IN ' +
  `(${Array(runsPerLook).fill('?').join(', ')})`;

/** Creates the register of followers. `pollMs`: see the plugin's configuration. */
export function createRunFollowers(storage: Storage, pollMs: number): RunFollowers {
  const followers = new Map<string, Set<Waiting>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const createFollower = (runId: string, position: number): Waiting => {
    let pending = false;
    let notify: (() => void) | undefined;
    const follower: Waiting = {
      position,
      stopped: closed,
      reset() {
        pending = false;
      },
      async changed() {
        if (pending || follower.stopped) return;
        await new Promise<void>((resolve) => (notify = resolve));
        notify = undefined;
      },
      wake() {
        pending = true;
        notify?.();
      },
      stop() {
        follower.stopped = true;
        notify?.();
      },
      leave() {
        const others = followers.get(runId);
        others?.delete(follower);
        if (others?.size === 0) followers.delete(runId);
        if (followers.size === 0) clearTimeout(timer);
      },
    };
    return follower;
  };

  const wake = (runId: string, lastSeq = Infinity): void => {
    for (const follower of followers.get(runId) ?? []) if (follower.position < lastSeq) follower.wake();
  };

  const lookAt = async (ids: readonly string[]): Promise<void> => {
    const last = ids.at(-1) ?? '';
    const filled = Array.from({ length: runsPerLook }, (_, index) => ids[index] ?? last);
    for (const row of await storage.query<{ id: string; last_seq: number }>(look, filled))
      wake(row.id, row.last_seq);
  };

  const schedule = (): void => {
    clearTimeout(timer);
    if (pollMs > 0 && !closed) timer = setTimeout(() => void poll(), pollMs);
  };

  const poll = async (): Promise<void> => {
    const ids = [...followers.keys()];
    try {
      for (let start = 0; start < ids.length; start += runsPerLook)
        await lookAt(ids.slice(start, start + runsPerLook));
    } catch {
      // Whoever reads next meets the same error and can handle it; the next look may succeed.
    }
    if (followers.size > 0) schedule();
  };

  return {
    join(runId, position) {
      const follower = createFollower(runId, position);
      if (followers.size === 0) schedule();
      const others = followers.get(runId);
      if (others) others.add(follower);
      else followers.set(runId, new Set([follower]));
      return follower;
    },
    wake,
    close() {
      closed = true;
      clearTimeout(timer);
      for (const each of followers.values()) for (const follower of each) follower.stop();
    },
  };
}
