import {
  retryLocked,
  type Accounts,
  type ApiKeys,
  type KeptValues,
  type Storage,
  type TenantApiKeys,
} from '@agent-factory/sdk/contracts';
import { queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import type { Kysely } from 'kysely';
import type { AuthApiKeyConfig } from './config.ts';
import { errors } from './errors.ts';
import { isOver, keyOf, type KeyRow, type KeyTables } from './key-rows.ts';
import { keyHash, makeKey } from './key-text.ts';

const dayMs = 86_400_000;

/** What keys stand on. */
export interface KeyParts {
  readonly storage: Storage;
  readonly accounts: Accounts;
  readonly kept: KeptValues<KeyRow | undefined>;
  readonly config: AuthApiKeyConfig;
}

/** Keys in the platform's storage. */
export function createApiKeys({ storage, accounts, kept, config: { maxLifeDays } }: KeyParts): ApiKeys {
  const db = queryBuilder<KeyTables>(storage);

  const expiryOf = (wanted: number | undefined, now: number, noLaterThan = Infinity): number => {
    const last = Math.min(now + maxLifeDays * dayMs, noLaterThan);
    if (wanted === undefined) return last;
    const isLonger = wanted > noLaterThan ? 'the key it is made with ends before' : 'that is too far away';
    const reason = wanted <= now ? 'that has passed' : wanted > last ? isLonger : undefined;
    if (reason !== undefined) throw errors.AF_API_KEY_EXPIRY({ reason, days: maxLifeDays });
    return wanted;
  };

  const insert = async (
    into: Kysely<KeyTables>,
    values: Omit<KeyRow, 'id' | 'hash' | 'revoked_at' | 'last_used_at'>,
  ): Promise<{ readonly row: KeyRow; readonly secret: string }> => {
    const { id, text } = makeKey();
    const row = { ...values, id, hash: keyHash(text), revoked_at: null, last_used_at: null };
    await into.insertInto('af_auth_api_key_keys').values(row).execute();
    return { row, secret: text };
  };

  /**
   * Whether it was made for the member there is now. A tenant may be erased and another one made of the same name: what
   * is left of the first is nothing to the second.
   */
  const isOfMember = async ({ account, tenant, membership }: KeyRow): Promise<boolean> => {
    const rights = await accounts.rights(account, tenant);
    if (rights) return rights.membership === membership;
    // Its account is disabled, and may come back.
    return (await accounts.memberships(account)).some(
      (one) => one.tenant === tenant && one.membership === membership,
    );
  };

  const rowOf = (from: Kysely<KeyTables>, tenant: string, id: string): Promise<KeyRow | undefined> =>
    from
      .selectFrom('af_auth_api_key_keys')
      .selectAll()
      .where('id', '=', id)
      .where('tenant', '=', tenant)
      .executeTakeFirst();

  const one = async (tenant: string, id: string): Promise<KeyRow | undefined> => {
    const row = await rowOf(db, tenant, id);
    return row && (await isOfMember(row)) ? row : undefined;
  };

  const ofTenant = (tenant: string): TenantApiKeys => ({
    async list() {
      const rows = await db
        .selectFrom('af_auth_api_key_keys')
        .selectAll()
        .where('tenant', '=', tenant)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute();
      const areOfMembers = await Promise.all(rows.map(isOfMember));
      return rows.filter((_row, at) => areOfMembers[at]).map(keyOf);
    },
    async get(id) {
      const row = await one(tenant, id);
      return row && keyOf(row);
    },
    async create({ account, name, scopes, expiresAt, noLaterThan, by }) {
      const rights = await accounts.rights(account, tenant);
      if (!rights) throw errors.AF_API_KEY_ACCOUNT({ account: account.slice(0, 80) });
      const now = Date.now();
      const { row, secret } = await insert(db, {
        tenant,
        account,
        membership: rights.membership,
        name,
        scopes: scopes === undefined ? null : JSON.stringify([...new Set(scopes)].sort()),
        created_at: now,
        created_by: by,
        expires_at: expiryOf(expiresAt, now, noLaterThan),
        replaces: null,
      });
      return { key: keyOf(row), secret };
    },
    async rotate(id, { overlapMs, by, noLaterThan = Infinity }) {
      if (!(await one(tenant, id))) throw errors.AF_API_KEY_UNKNOWN({ key: id.slice(0, 80) });
      const made = await withTransaction(storage, async (tx: Kysely<KeyTables>, handle) => {
        await handle.lock(`auth-api-key:${id}`);
        const old = await rowOf(tx, tenant, id);
        if (!old) throw errors.AF_API_KEY_UNKNOWN({ key: id.slice(0, 80) });
        const now = Date.now();
        if (isOver(old, now)) throw errors.AF_API_KEY_OVER({ key: id });
        const until = Math.min(old.expires_at ?? Infinity, now + overlapMs);
        const lived = (old.expires_at ?? now + maxLifeDays * dayMs) - old.created_at;
        await tx
          .updateTable('af_auth_api_key_keys')
          .set({ expires_at: until })
          .where('id', '=', id)
          .execute();
        const { tenant: of, account, membership, name, scopes } = old;
        const next = { tenant: of, account, membership, name, scopes, created_by: by, replaces: id };
        return insert(tx, {
          ...next,
          created_at: now,
          expires_at: Math.min(now + Math.min(lived, maxLifeDays * dayMs), noLaterThan),
        });
      });
      await kept.changed();
      return { key: keyOf(made.row), secret: made.secret };
    },
    async revoke(id, { check } = {}) {
      const known = await one(tenant, id);
      // When it was used last is noted in the row too.
      const revoked = await retryLocked(storage, () =>
        withTransaction(storage, async (tx: Kysely<KeyTables>, handle) => {
          await handle.lock(`auth-api-key:${id}`);
          const row = known && (await rowOf(tx, tenant, id));
          check?.(row && keyOf(row));
          if (!row) throw errors.AF_API_KEY_UNKNOWN({ key: id.slice(0, 80) });
          const over = { ...row, revoked_at: row.revoked_at ?? Date.now() };
          await tx
            .updateTable('af_auth_api_key_keys')
            .set({ revoked_at: over.revoked_at })
            .where('id', '=', id)
            .execute();
          return over;
        }),
      );
      await kept.changed();
      return keyOf(revoked);
    },
  });
  return { tenant: ofTenant };
}
