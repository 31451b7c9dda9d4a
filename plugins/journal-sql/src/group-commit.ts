import { AsyncLocalStorage } from 'node:async_hooks';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { SqlStatement, Storage } from '@agent-factory/sdk/contracts';

/** Writes many small groups of statements in few transactions. */
export interface GroupCommit {
  /** Resolves when the statements are committed; rejects when they are not, whatever becomes of the others. */
  add(statements: readonly SqlStatement[]): Promise<void>;
  /** Resolves when all that was added has been written or refused. */
  drain(): Promise<void>;
}

interface Entry {
  readonly statements: readonly SqlStatement[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Keeps one transaction, which holds up everything else in the process, to a few milliseconds. */
const mostEntries = 256;

/**
 * Creates a group commit: what is added in one turn of the event loop, or while a commit is under way, shares the
 * next transaction.
 */
export function createGroupCommit(storage: Storage): GroupCommit {
  // Commits for many callers belong to the context of none of them.
  const outside = AsyncLocalStorage.snapshot();
  let waiting: Entry[] = [];
  let running: PromiseWithResolvers<void> | undefined;

  const commitAlone = async ({ statements, resolve, reject }: Entry): Promise<void> => {
    try {
      await storage.batch(statements);
    } catch (error) {
      reject(error);
      return;
    }
    resolve();
  };

  const commit = async (group: readonly Entry[]): Promise<void> => {
    const [only] = group;
    if (only !== undefined && group.length === 1) return commitAlone(only);
    try {
      await storage.batch(group.flatMap(({ statements }) => statements));
    } catch (error) {
      // A full disk or a lock concerns all of them; anything else one of them, so that each is tried alone.
      if (isAgentFactoryError(error) && !error.retryable) for (const entry of group) await commitAlone(entry);
      else for (const { reject } of group) reject(error);
      return;
    }
    for (const { resolve } of group) resolve();
  };

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = group.length > mostEntries ? group.splice(mostEntries) : [];
      await commit(group);
    }
    const ended = running;
    running = undefined;
    ended?.resolve();
  };
  const flushOutside = (): void => void outside(flush);

  return {
    add(statements) {
      return new Promise((resolve, reject) => {
        waiting.push({ statements, resolve, reject });
        if (running !== undefined) return;
        running = Promise.withResolvers();
        setImmediate(flushOutside);
      });
    },
    async drain() {
      while (running !== undefined) await running.promise;
    },
  };
}
