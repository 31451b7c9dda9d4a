import { setTimeout as sleep } from 'node:timers/promises';
import { isAgentFactoryError } from '@agent-factory/sdk';

/** Repeats a transaction that failed because another changed the same rows; a few times, with growing pauses. */
export async function retryLocked<T>(work: () => Promise<T>, times = 8): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await work();
    } catch (error) {
      if (round >= times || !isAgentFactoryError(error, 'AF_STORAGE_LOCKED')) throw error;
      await sleep(Math.random() * 5 * round);
    }
  }
}
