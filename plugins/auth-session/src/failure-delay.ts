import type { Storage } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { errors } from './errors.ts';
import { hashOf, type SessionTables } from './session-tables.ts';

const freeTries = 5;
const firstMs = 5_000;
const longestMs = 300_000;
/** Wrong tries so long ago count no more. */
const forgottenMs = 86_400_000;

/**
 * Makes guessing slow: after five wrong tries for an email the next waits five seconds, and each one more twice as long, up to five minutes, in all
 * processes. Emails nobody has are counted too, so that waiting tells nothing.
 */
export interface FailureDelay {
  /** AF_SESSION_TOO_MANY while the next try is not taken. */
  check(email: string): Promise<void>;
  failed(email: string): Promise<void>;
  passed(email: string): Promise<void>;
  /** Removes what counts no more. */
  sweep(): Promise<number>;
}

export function createFailureDelay(storage: Storage): FailureDelay {
  const db = queryBuilder<SessionTables>(storage);
  const subjectOf = (email: string): string => hashOf(email.toLowerCase());
  return {
    async check(email) {
      const row = await db
        .selectFrom('af_auth_session_failures')
        .selectAll()
        .where('subject', '=', subjectOf(email))
        .executeTakeFirst();
      if (!row || row.count < freeTries || Date.now() - row.last_at > forgottenMs) return;
      const waits = row.last_at + Math.min(firstMs * 2 ** (row.count - freeTries), longestMs) - Date.now();
      if (waits > 0) throw errors.AF_SESSION_TOO_MANY({ seconds: Math.ceil(waits / 1000) });
    },
    async failed(email) {
      const now = Date.now();
      await db
        .insertInto('af_auth_session_failures')
        .values({ subject: subjectOf(email), count: 1, last_at: now })
        .onConflict((on) =>
          on.column('subject').doUpdateSet({
            // One statement, so that many tries at the same moment all count.
            count: sql<number>`CASE WHEN af_auth_session_failures.last_at < ${now - forgottenMs} THEN 1 ELSE af_auth_session_failures.count + 1 END`,
            last_at: now,
          }),
        )
        .execute();
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
