import { databaseNow, type Storage } from '@agent-factory/sdk/contracts';

/** Clocks of machines drift, and are set. */
const askEveryMs = 60_000;

/** What time it is, in milliseconds since the epoch: the database's, which is the same for all processes. */
export interface Clock {
  /** As the database said within the last minute, and this process counted on; at once where it need not be asked. */
  now(): number | Promise<number>;
  /** As the database says at this moment. */
  shared(): Promise<number>;
}

interface Asked {
  readonly at: number;
  readonly answer: Promise<number>;
  isKnown: boolean;
}

export function createClock(storage: Pick<Storage, 'dialect' | 'query'>): Clock {
  let aheadMs = 0;
  let asked: Asked | undefined;

  const shared = async (): Promise<number> => {
    const before = Date.now();
    const [row] = await storage.query<{ now: number | bigint }>(
      `SELECT ${databaseNow(storage.dialect)} AS now`,
    );
    const now = Number(row?.now);
    // It was asked at some moment in between.
    aheadMs = Math.round(now - (before + Date.now()) / 2);
    return now;
  };

  const answered = async (one: Asked): Promise<number> => {
    try {
      await one.answer;
    } catch (error) {
      if (asked === one) asked = undefined; // the next one asks again
      throw error;
    }
    one.isKnown = true;
    return Date.now() + aheadMs;
  };

  return {
    shared,
    now() {
      const at = Date.now();
      if (!asked || Math.abs(at - asked.at) >= askEveryMs) asked = { at, answer: shared(), isKnown: false };
      return asked.isKnown ? at + aheadMs : answered(asked);
    },
  };
}
