import { AsyncLocalStorage } from 'node:async_hooks';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** How much is gathered. */
export interface GroupOptions {
  /** The most that is handed over together. Default 500. */
  readonly limit?: number;
  /** Milliseconds that the first may wait for others. Default 0: until the next turn of the event loop. */
  readonly waitMs?: number;
}

/** Gathers what is asked for while a write is under way, and hands it over together: one write serves many callers. */
export function grouped<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
  { limit = 500, waitMs = 0 }: GroupOptions = {},
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let writing = false;
  // A write serves many callers, so it must not run in the transaction that one of them may be in.
  const outside = AsyncLocalStorage.snapshot();

  const next = async (): Promise<void> => {
    const taken = waiting.length > limit ? waiting.splice(0, limit) : waiting;
    if (taken === waiting) waiting = [];
    try {
      const results = await write(taken.map(({ item }) => item));
      // One result for each item, in their order.
      for (const [index, { resolve }] of taken.entries()) resolve(results[index] as Result);
    } catch (error) {
      for (const { reject } of taken) reject(error);
    }
    if (waiting.length > 0) soon();
    else writing = false;
  };
  const soon = (): void => {
    if (waitMs > 0 && waiting.length < limit) setTimeout(() => void next(), waitMs);
    else setImmediate(() => void next());
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (writing) return;
      writing = true;
      outside(soon);
    });
}
