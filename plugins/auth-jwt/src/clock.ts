import { databaseNow, type Storage } from '@agent-factory/sdk/contracts';

/** What time it is, in milliseconds since the epoch. */
export interface Clock {
  /** By this process, which may be minutes off. */
  now(): number;
  /** By the database, the same for all processes. */
  shared(): Promise<number>;
}

export function createClock(storage: Storage): Clock {
  return {
    now: Date.now,
    async shared() {
      const [row] = await storage.query<{ now: number | bigint }>(
        `SELECT ${databaseNow(storage.dialect)} AS now`,
      );
      return Number(row?.now);
    },
  };
}
