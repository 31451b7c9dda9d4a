import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a turnstile says no with. */
export interface TurnstileErrors {
  /** Work came from inside the work that holds the turnstile, and would wait for itself. */
  nested(): Error;
  /** Its turn did not come within `ms`. */
  waited(ms: number): Error;
  closed(): Error;
  /** Whether an error of the work itself means that another process is in the way. */
  isBusy(error: unknown): boolean;
}

/** Lets one piece of work at a time use a connection, in the order they came. */
export interface Turnstile {
  /** Synchronous work: runs at once when the turnstile is free, else in its turn; repeated while busy. */
  pass<T>(work: () => T, waitMs: number): Promise<T>;
  /** Asynchronous work: everybody else waits until it has ended. */
  hold<T>(work: () => Promise<T>, waitMs: number): Promise<T>;
  /** Throws when the caller is inside the work that holds the turnstile. */
  refuseInside(): void;
  /** Refuses all that comes later, then runs `last` once those who wait have had their turn. */
  close(last: () => void): Promise<void>;
}

interface Waiter {
  admit(): void;
}

/** Creates a turnstile that is free. */
export function createTurnstile(errors: TurnstileErrors): Turnstile {
  const inside = new AsyncLocalStorage<object>();
  const waiters = new Set<Waiter>();
  let holder: object | undefined;
  let closed = false;

  const enter = async (token: object, waitMs: number): Promise<void> => {
    if (holder === undefined) {
      holder = token;
      return;
    }
    if (inside.getStore() === holder) throw errors.nested();
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        admit() {
          clearTimeout(timer);
          holder = token;
          resolve();
        },
      };
      // Work that waits for work that waits for it would otherwise never end.
      const timer = setTimeout(() => {
        waiters.delete(waiter);
        reject(errors.waited(waitMs));
      }, waitMs);
      waiters.add(waiter);
    });
  };

  const leave = (): void => {
    holder = undefined;
    for (const next of waiters) {
      waiters.delete(next);
      next.admit();
      return;
    }
  };

  const inTurn = async <T>(work: (token: object) => Promise<T>, waitMs: number): Promise<T> => {
    const token = {};
    await enter(token, waitMs);
    try {
      return await work(token);
    } finally {
      leave();
    }
  };

  const patient = <T>(work: () => T, waitMs: number): Promise<T> =>
    inTurn(() => retryWhileBusy(work, waitMs, errors), waitMs);

  return {
    pass(work, waitMs) {
      if (closed) return Promise.reject(errors.closed());
      if (holder !== undefined) return patient(work, waitMs);
      try {
        return Promise.resolve(work());
      } catch (error) {
        return errors.isBusy(error) ? patient(work, waitMs) : Promise.reject(error as Error);
      }
    },
    async hold(work, waitMs) {
      if (closed) throw errors.closed();
      return inTurn((token) => inside.run(token, work), waitMs);
    },
    refuseInside() {
      if (holder !== undefined && inside.getStore() === holder) throw errors.nested();
    },
    async close(last) {
      if (closed) return;
      closed = true;
      await inTurn(async () => last(), 2 ** 31 - 1);
    },
  };
}

/** Repeats `work` while another process is in the way, without blocking this one; at most `waitMs`. */
export async function retryWhileBusy<T>(
  work: () => T,
  waitMs: number,
  errors: Pick<TurnstileErrors, 'isBusy' | 'waited'>,
): Promise<T> {
  const end = performance.now() + waitMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      return work();
    } catch (error) {
      if (!errors.isBusy(error)) throw error;
      if (performance.now() >= end) throw errors.waited(waitMs);
    }
    await sleep(pause);
  }
}
