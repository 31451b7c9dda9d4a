import type { Storage } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { isPasswordHash } from './claims.ts';
import { hashPassword, isPassword } from './password-hash.ts';
import type { SessionTables } from './session-tables.ts';

/** Passwords of accounts. */
export interface Passwords {
  /** Whether it has one, or is somebody's without. */
  isSet(account: string): Promise<boolean>;
  /** Whether it has one. */
  isUsable(account: string): Promise<boolean>;
  /** Whether anybody has one. */
  areAny(): Promise<boolean>;
  set(account: string, password: string): Promise<void>;
  /** Takes as long for an account that has none, or is none. */
  isRight(account: string | undefined, password: string): Promise<boolean>;
}

export function createPasswords(storage: Storage): Passwords {
  const db = queryBuilder<SessionTables>(storage);
  const hashOf = async (account: string): Promise<string | undefined> =>
    (
      await db
        .selectFrom('af_auth_session_passwords')
        .select('hash')
        .where('account', '=', account)
        .executeTakeFirst()
    )?.hash;
  return {
    isSet: async (account) => (await hashOf(account)) !== undefined,
    isUsable: async (account) => isPasswordHash(await hashOf(account)),
    areAny: async () =>
      (await db
        .selectFrom('af_auth_session_passwords')
        .select('account')
        .where('hash', 'like', '$%')
        .limit(1)
        .executeTakeFirst()) !== undefined,
    async set(account, password) {
      const values = { hash: await hashPassword(password), changed_at: Date.now() };
      await db
        .insertInto('af_auth_session_passwords')
        .values({ account, ...values })
        .onConflict((on) => on.column('account').doUpdateSet(values))
        .execute();
    },
    async isRight(account, password) {
      return isPassword(password, account === undefined ? undefined : await hashOf(account));
    },
  };
}
