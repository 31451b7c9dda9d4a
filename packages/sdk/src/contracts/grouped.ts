import { AsyncLocalStorage } from 'node:async_hooks';
import { isAgentFactoryError } from '../errors.ts';

/** What is done together, and how much of it. */
export interface GroupedOptions<T, R> {
  /** Does many at once, all or none, and gives one result for each. */
  run(items: readonly T[]): Promise<readonly R[]>;
  /** The most that is done together. Default 256: a statement holds up everything else in a process with SQLite. */
  readonly most?: number;
  /** How much an item weighs, in bytes; no group weighs more than a megabyte, unless it is a single item. */
  weigh?(item: T): number;
  /** Milliseconds that the first may wait for others. Default 0: until the next turn of the event loop. */
  readonly waitMs?: number;
}

/** Does things together that come together. */
export interface Grouped<T, R> {
  add(item: T): Promise<R>;
  /** Resolves when all that was added is done or has failed. */
  drain(): Promise<void>;
}

interface Entry<T, R> {
  readonly item: T;
  resolve(result: R): void;
  reject(error: unknown): void;
}

const mostBytes = 1024 * 1024;

/**
 * Things added in one turn of the event loop, or while others are being done, are done together: one statement serves
 * many callers. When it is refused, each is tried alone; when it may be tried again, each caller hears so.
 */
export function createGrouped<T, R>(options: GroupedOptions<T, R>): Grouped<T, R> {
  const { run, most = 256, weigh = () => 0, waitMs = 0 } = options;
  // What is done for many callers belongs to the context of none of them, nor to a transaction of one.
  const outside = AsyncLocalStorage.snapshot();
  let waiting: Entry<T, R>[] = [];
  let running: PromiseWithResolvers<void> | undefined;

  const take = (): readonly Entry<T, R>[] => {
    let bytes = 0;
    let count = 0;
    for (const { item } of waiting) {
      bytes += weigh(item);
      if (count > 0 && (count === most || bytes > mostBytes)) break;
      count++;
    }
    const group = waiting;
    waiting = group.splice(count);
    return group;
  };

  const attempt = async (group: readonly Entry<T, R>[]): Promise<void> => {
    try {
      const results = await run(group.map(({ item }) => item));
      // One result for each item, in their order.
      for (const [at, { resolve }] of group.entries()) resolve(results[at] as R);
    } catch (error) {
      const mayBeOneOfThem = isAgentFactoryError(error) && !error.retryable && group.length > 1;
      if (mayBeOneOfThem) for (const each of group) await attempt([each]);
      else for (const { reject } of group) reject(error);
    }
  };

  const next = async (): Promise<void> => {
    await attempt(take());
    if (waiting.length > 0) return soon();
    const ended = running;
    running = undefined;
    ended?.resolve();
  };
  const soon = (): void => {
    if (waitMs > 0 && waiting.length < most) setTimeout(() => void next(), waitMs);
    else setImmediate(() => void next());
  };

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (running !== undefined) return;
        running = Promise.withResolvers();
        outside(soon);
      }),
    async drain() {
      while (running !== undefined) await running.promise;
    },
  };
}
