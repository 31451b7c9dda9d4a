import type { Storage } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import type { AuthSessionConfig } from './config.ts';
import { errors } from './errors.ts';
import { chance, hashOf, type SessionTables } from './session-tables.ts';

/** Links with which somebody sets a password, once. A new one for the same account takes the place of the old. */
export interface Invitations {
  /** The link. */
  make(account: string, by: string): Promise<{ readonly url: string; readonly expiresAt: number }>;
  /** Whose it is, and who made it. AF_SESSION_INVITATION_INVALID. */
  look(token: string): Promise<{ readonly account: string; readonly by: string }>;
  /** Takes back the link of an account, where there is one. */
  withdraw(account: string): Promise<void>;
}

export function createInvitations(
  storage: Storage,
  { publicUrl, invitationMs }: Pick<AuthSessionConfig, 'publicUrl' | 'invitationMs'>,
): Invitations {
  const db = queryBuilder<SessionTables>(storage);
  return {
    async make(account, by) {
      const token = chance(32);
      const expiresAt = Date.now() + invitationMs;
      await storage.batch([
        { sql: 'DELETE FROM af_auth_session_invitations WHERE account = ?', params: [account] },
        {
          sql: 'INSERT INTO af_auth_session_invitations (hash, account, created_by, expires_at) VALUES (?, ?, ?, ?)',
          params: [hashOf(token), account, by, expiresAt],
        },
      ]);
      // What stands behind # is sent to no server and written into no log.
      return { url: `${publicUrl}/api/v1/auth/accept#${token}`, expiresAt };
    },
    async look(token) {
      const row = await db
        .selectFrom('af_auth_session_invitations')
        .selectAll()
        .where('hash', '=', hashOf(token))
        .executeTakeFirst();
      if (!row || row.expires_at <= Date.now()) throw errors.AF_SESSION_INVITATION_INVALID({});
      return { account: row.account, by: row.created_by };
    },
    async withdraw(account) {
      await db.deleteFrom('af_auth_session_invitations').where('account', '=', account).execute();
    },
  };
}
