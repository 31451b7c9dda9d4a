import type { Storage } from '@agent-factory/sdk/contracts';
import { withTransaction } from '@agent-factory/sdk/sql';
import type { Kysely } from 'kysely';
import { errors } from './errors.ts';
import { hashOf, type SessionTables } from './session-tables.ts';

/**
 * Who is first in with an account: somebody with a link to set a password, or a login elsewhere. One after the other, so
 * that two at the same moment are never both in.
 */
export interface Claims {
  /** Uses a link up and sets the password, or does neither. AF_SESSION_INVITATION_INVALID where the link is gone. */
  byLink(token: string, account: string, passwordHash: string): Promise<void>;
  /** Marks it as somebody's who needs no password, and takes links back. False where it is another's. */
  byLogin(account: string, by: string): Promise<boolean>;
}

/** Begins what is kept in the place of a password's hash where there is none; the login stands behind it. */
const mark = '!';

/** Whether what is kept for an account is the hash of a password. */
export function isPasswordHash(kept: string | undefined): boolean {
  return kept !== undefined && !kept.startsWith(mark);
}

export function createClaims(storage: Storage): Claims {
  const alone = <T>(account: string, work: (tx: Kysely<SessionTables>) => Promise<T>): Promise<T> =>
    withTransaction(storage, async (tx: Kysely<SessionTables>, handle) => {
      await handle.lock(`auth-session:account:${account}`);
      return work(tx);
    });

  return {
    byLink: (token, account, hash) =>
      alone(account, async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('af_auth_session_invitations')
          .where('hash', '=', hashOf(token))
          .where('account', '=', account)
          .executeTakeFirst();
        if (numDeletedRows === 0n) throw errors.AF_SESSION_INVITATION_INVALID({});
        const values = { hash, changed_at: Date.now() };
        await tx
          .insertInto('af_auth_session_passwords')
          .values({ account, ...values })
          .onConflict((on) => on.column('account').doUpdateSet(values))
          .execute();
      }),
    byLogin: (account, by) =>
      alone(account, async (tx) => {
        const kept = await tx
          .selectFrom('af_auth_session_passwords')
          .select('hash')
          .where('account', '=', account)
          .executeTakeFirst();
        if (kept) return kept.hash === mark + by;
        await tx
          .insertInto('af_auth_session_passwords')
          .values({ account, hash: mark + by, changed_at: Date.now() })
          .execute();
        await tx.deleteFrom('af_auth_session_invitations').where('account', '=', account).execute();
        return true;
      }),
  };
}
