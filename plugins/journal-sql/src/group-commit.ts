/** Writes many small things in few transactions. */
export interface GroupCommit<Item> {
  /** Resolves when the item is written; rejects when it is not, whatever becomes of the others. */
  add(item: Item): Promise<void>;
  /** Resolves when all that was added has been written or refused. */
  drain(): Promise<void>;
}

/** What became of one item. */
export type Outcome = { readonly error: unknown } | undefined;

interface Entry<Item> {
  readonly item: Item;
  resolve(): void;
  reject(error: unknown): void;
}

/** A transaction of fewer items is not worth splitting. */
const fewestToShare = 32;

/** How items are grouped. */
export interface GroupCommitOptions<Item> {
  /** Most items in one transaction. */
  readonly most: number;
  /** Most transactions at the same time. */
  readonly lanes: number;
  /** Items of one key are written one after another. */
  keyOf(item: Item): string;
  /** Calls it in a context that belongs to none of the callers: a commit is made for many. */
  outside(work: () => void): void;
  /** Nothing waits and nothing is under way any more. */
  onIdle?(): void;
}

/**
 * Creates a group commit: what is added in one turn of the event loop, or while all lanes are busy, shares the next
 * transaction. `write` never rejects for one item alone: it tells for each what became of it, nothing of those that are written.
 */
export function createGroupCommit<Item>(
  write: (items: readonly Item[]) => Promise<readonly Outcome[]>,
  { most, lanes, keyOf, outside, onIdle }: GroupCommitOptions<Item>,
): GroupCommit<Item> {
  const underWay = new Set<string>();
  let waiting: Entry<Item>[] = [];
  let busyLanes = 0;
  let idle: PromiseWithResolvers<void> | undefined;

  const commit = async (group: readonly Entry<Item>[]): Promise<void> => {
    let outcomes: readonly Outcome[];
    try {
      outcomes = await write(group.map(({ item }) => item));
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const [index, { resolve, reject }] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) resolve();
      else reject(outcome.error);
    }
  };

  /** What can be written now: nothing whose key is under way, or comes after something that must wait. */
  const takeGroup = (): readonly Entry<Item>[] => {
    // Shared among the lanes that are free, so that none has all and the others nothing.
    const share = Math.max(fewestToShare, Math.ceil(waiting.length / (lanes - busyLanes)));
    const limit = Math.min(most, share);
    if (underWay.size === 0 && waiting.length <= limit) {
      const group = waiting;
      waiting = [];
      return group;
    }
    const group: Entry<Item>[] = [];
    const rest: Entry<Item>[] = [];
    for (const entry of waiting)
      (group.length < limit && !underWay.has(keyOf(entry.item)) ? group : rest).push(entry);
    waiting = rest;
    return group;
  };

  const fillLanes = (): void => {
    while (busyLanes < lanes && waiting.length > 0) {
      const group = takeGroup();
      if (group.length === 0) return;
      const keys = lanes > 1 ? group.map(({ item }) => keyOf(item)) : [];
      for (const key of keys) underWay.add(key);
      busyLanes++;
      void commit(group).then(() => {
        busyLanes--;
        for (const key of keys) underWay.delete(key);
        if (waiting.length === 0 && busyLanes === 0) return end();
        // Those who were answered come back first, and share the next transaction.
        if (lanes > 1) setImmediate(fillLanes);
        else fillLanes();
      });
    }
  };

  const end = (): void => {
    const ended = idle;
    idle = undefined;
    onIdle?.();
    ended?.resolve();
  };
  const fillOutside = (): void => outside(fillLanes);

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (idle !== undefined) return;
        idle = Promise.withResolvers();
        setImmediate(fillOutside);
      });
    },
    async drain() {
      while (idle !== undefined) await idle.promise;
    },
  };
}
