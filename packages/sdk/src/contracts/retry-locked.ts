import { setTimeout as sleep } from 'node:timers/promises';
import { isAgentFactoryError } from '../errors.ts';
import type { SqlDatabase } from './storage.ts';

/**
 * Repeats a transaction that failed because another changed the same rows; a few times, with growing pauses. On SQLite
 * it is done once: there transactions wait for one another, and one that waited in vain need not do so again.
 */
export async function retryLocked<T>(
  { dialect }: Pick<SqlDatabase, 'dialect'>,
  work: () => Promise<T>,
  times = 8,
): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await work();
    } catch (error) {
      const mayHelp =
        dialect === 'postgres' && round < times && isAgentFactoryError(error, 'AF_STORAGE_LOCKED');
      if (!mayHelp) throw error;
      await sleep(Math.random() * 5 * round);
    }
  }
}
