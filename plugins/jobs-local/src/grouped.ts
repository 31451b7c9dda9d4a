import { AsyncLocalStorage } from 'node:async_hooks';
import { isAgentFactoryError } from '@agent-factory/sdk';

/** What is put together. */
export interface GroupedOptions<T, R> {
  /** Does many at once, all or none, and gives one result for each. */
  run(items: readonly T[]): Promise<readonly R[]>;
  /** How much an item weighs, in bytes. */
  weigh(item: T): number;
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

/** Keeps one statement, which holds up everything else in the process, to a few milliseconds. */
const mostItems = 256;
const mostBytes = 1024 * 1024;

/** Things added in one turn of the event loop, or while others are being done, are done together. */
export function createGrouped<T, R>({ run, weigh }: GroupedOptions<T, R>): Grouped<T, R> {
  // What is done for many callers belongs to the context of none of them.
  const outside = AsyncLocalStorage.snapshot();
  let waiting: Entry<T, R>[] = [];
  let running: PromiseWithResolvers<void> | undefined;

  const take = (): readonly Entry<T, R>[] => {
    let bytes = 0;
    let count = 0;
    for (const { item } of waiting) {
      bytes += weigh(item);
      if (count > 0 && (count === mostItems || bytes > mostBytes)) break;
      count++;
    }
    const group = waiting;
    waiting = group.splice(count);
    return group;
  };

  const attempt = async (group: readonly Entry<T, R>[]): Promise<void> => {
    try {
      const results = await run(group.map(({ item }) => item));
      // One result for each item.
      group.forEach(({ resolve }, at) => resolve(results[at] as R));
    } catch (error) {
      const mayBeOneOfThem = isAgentFactoryError(error) && !error.retryable && group.length > 1;
      if (mayBeOneOfThem) for (const each of group) await attempt([each]);
      else for (const { reject } of group) reject(error);
    }
  };

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) await attempt(take());
    const ended = running;
    running = undefined;
    ended?.resolve();
  };
  const flushOutside = (): void => void outside(flush);

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (running !== undefined) return;
        running = Promise.withResolvers();
        setImmediate(flushOutside);
      }),
    async drain() {
      while (running !== undefined) await running.promise;
    },
  };
}
