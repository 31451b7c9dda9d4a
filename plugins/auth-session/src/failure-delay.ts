import { loginSessionErrors, type Storage } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { hashOf, type FailureRow, type SessionTables } from './session-tables.ts';

const freeTries = 5;
const firstMs = 5_000;
const longestMs = 300_000;
/** Wrong tries so long ago count no more. */
const forgottenMs = 86_400_000;

/**
 * Makes guessing slow: after five wrong tries for an email the next waits five seconds, and each one more twice as
 * long, up to five minutes, in all processes. Emails nobody has are counted too, so that waiting tells nothing.
 */
export interface FailureDelay {
  /**
   * Counts a try as wrong before anything is looked at, so that many at the same moment are no way round the wait.
   * What it gives takes that back. AF_SESSION_TOO_MANY while the next try is not taken.
   */
  begin(email: string): Promise<() => Promise<void>>;
  /** Forgets all wrong tries. */
  passed(email: string): Promise<void>;
  /** Removes what counts no more. */
  sweep(): Promise<number>;
}

export function createFailureDelay(storage: Storage): FailureDelay {
  const db = queryBuilder<SessionTables>(storage);
  const subjectOf = (email: string): string => hashOf(email.toLowerCase());

  /** Puts one row in the place of another; not where somebody else was quicker. */
  const replace = async (before: FailureRow, after: FailureRow): Promise<boolean> => {
    const { numUpdatedRows } = await db
      .updateTable('af_auth_session_failures')
      .set({ count: after.count, last_at: after.last_at })
      .where('subject', '=', before.subject)
      .where('count', '=', before.count)
      .where('last_at', '=', before.last_at)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  };
  const insert = async (row: FailureRow): Promise<boolean> => {
    const { numInsertedOrUpdatedRows = 0n } = await db
      .insertInto('af_auth_session_failures')
      .values(row)
      .onConflict((on) => on.column('subject').doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows > 0n;
  };

  return {
    async begin(email) {
      const subject = subjectOf(email);
      for (;;) {
        const row = await db
          .selectFrom('af_auth_session_failures')
          .selectAll()
          .where('subject', '=', subject)
          .executeTakeFirst();
        const now = Date.now();
        const before = row && now - row.last_at <= forgottenMs ? row.count : 0;
        const waits = row && before >= freeTries ? row.last_at + waitMs(before) - now : 0;
        if (waits > 0) throw loginSessionErrors.AF_SESSION_TOO_MANY({ seconds: Math.ceil(waits / 1000) });
        const counted = { subject, count: before + 1, last_at: now };
        if (row ? await replace(row, counted) : await insert(counted))
          return async () => void (await replace(counted, { ...(row ?? counted), count: before }));
      }
    },
    async passed(email) {
      await db.deleteFrom('af_auth_session_failures').where('subject', '=', subjectOf(email)).execute();
    },
    async sweep() {
      const { numDeletedRows } = await db
        .deleteFrom('af_auth_session_failures')
        .where('last_at', '<', Date.now() - forgottenMs)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

/** Milliseconds to wait after so many wrong tries. */
function waitMs(count: number): number {
  return Math.min(firstMs * 2 ** (count - freeTries), longestMs);
}
