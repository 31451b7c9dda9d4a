import type {
  AccountRights,
  Accounts,
  CredentialSource,
  KeptValues,
  KnownCaller,
  Storage,
} from '@agent-factory/sdk/contracts';
import type { Logger } from '@agent-factory/sdk';
import { queryBuilder } from '@agent-factory/sdk/sql';
import type { Clock } from './clock.ts';
import type { AuthJwtConfig } from './config.ts';
import { errors } from './errors.ts';
import {
  chance,
  hashOf,
  newRefresh,
  readRefresh,
  refreshText,
  sameHash,
  secretAfter,
  type RefreshParts,
} from './refresh-text.ts';
import type { FamilyRow, TokenTables } from './token-rows.ts';

/** Whoever may get tokens may get any number; nobody reads more of them, and memory is not theirs to fill. */
const mostListed = 200;

/** A family, and the refresh token that holds now; shown this once. */
export interface GivenRefresh {
  readonly row: FamilyRow;
  readonly refresh: string;
}

/** What families stand on. */
export interface TokenFamilyParts {
  readonly storage: Storage;
  readonly accounts: Accounts;
  /** Ways to prove who one is that tokens can be made with. */
  readonly sources: readonly CredentialSource[];
  readonly kept: KeptValues<FamilyRow | undefined>;
  readonly clock: Clock;
  readonly config: Pick<AuthJwtConfig, 'refreshIdleMs' | 'retryMs'>;
  readonly log: Logger;
}

/** Refresh tokens: each holds once and gives the next, and all that came of one make a family. */
export interface TokenFamilies {
  begin(
    wish: Pick<
      FamilyRow,
      | 'tenant'
      | 'account'
      | 'membership'
      | 'name'
      | 'scopes'
      | 'made_with'
      | 'made_with_id'
      | 'made_with_until'
    >,
  ): Promise<GivenRefresh>;
  /**
   * The next token for one. The same once more where it is sent again within seconds: its answer may have been lost.
   * AF_JWT_REFRESH_REUSED for one that was used before, and the family ends.
   */
  refresh(text: string): Promise<GivenRefresh>;
  /** The family and what its account may do, while it, its credential and its membership hold. */
  find(
    id: string,
    exact?: boolean,
  ): Promise<{ readonly row: FamilyRow; readonly rights: AccountRights } | undefined>;
  /** Those of an account in a tenant, newest first: at most 200, those that were refreshed last. */
  list(account: string, tenant: string): Promise<readonly FamilyRow[]>;
  /** Whether there was one. */
  end(id: string, account: string, tenant: string): Promise<boolean>;
  sweep(): Promise<number>;
}

export function createTokenFamilies(parts: TokenFamilyParts): TokenFamilies {
  const { storage, accounts, sources, kept, clock, log } = parts;
  const { refreshIdleMs, retryMs } = parts.config;
  const db = queryBuilder<TokenTables>(storage);

  const read = (id: string): Promise<FamilyRow | undefined> =>
    db.selectFrom('af_auth_jwt_families').selectAll().where('id', '=', id).executeTakeFirst();

  const holding = async (
    row: FamilyRow | undefined,
    how: Parameters<CredentialSource['holds']>[1] = {},
  ): Promise<{ readonly row: FamilyRow; readonly rights: AccountRights } | undefined> => {
    const source = sources.find(({ scheme }) => scheme === row?.made_with);
    const madeWith = { id: row?.made_with_id ?? '', account: row?.account ?? '' };
    const held = source?.holds(madeWith, how);
    if (!row || (held !== true && !(await held))) return undefined;
    const found = accounts.rights(row.account, row.tenant);
    const rights = found instanceof Promise ? await found : found;
    return rights?.membership === row.membership ? { row, rights } : undefined;
  };

  /** Puts the next secret in the place of one, and gives it; not where the same was sent at the same moment. */
  const replace = async (
    row: FamilyRow,
    { secret }: RefreshParts,
    now: number,
  ): Promise<string | undefined> => {
    const salt = chance(16);
    const next = secretAfter(secret, salt);
    const { numUpdatedRows } = await db
      .updateTable('af_auth_jwt_families')
      .set({
        refresh_hash: hashOf(next),
        previous_hash: row.refresh_hash,
        salt,
        refreshed_at: now,
      })
      .where('id', '=', row.id)
      .where('refresh_hash', '=', row.refresh_hash)
      .executeTakeFirst();
    return numUpdatedRows > 0n ? next : undefined;
  };

  const remove = async (id: string): Promise<boolean> => {
    const { numDeletedRows } = await db
      .deleteFrom('af_auth_jwt_families')
      .where('id', '=', id)
      .executeTakeFirst();
    await kept.changed();
    return numDeletedRows > 0n;
  };

  return {
    async begin(wish) {
      const first = newRefresh();
      const now = await clock.shared();
      const row: FamilyRow = {
        ...wish,
        id: first.family,
        created_at: now,
        refreshed_at: now,
        root_hash: hashOf(first.root),
        refresh_hash: hashOf(first.secret),
        previous_hash: null,
        salt: null,
      };
      await db.insertInto('af_auth_jwt_families').values(row).execute();
      return { row, refresh: refreshText(first) };
    },
    async refresh(text) {
      const given = readRefresh(text);
      let row = given && (await read(given.family));
      if (!given || !row || !sameHash(hashOf(given.root), row.root_hash))
        throw errors.AF_JWT_REFRESH_INVALID({});
      const caller = callerOf(row);
      const now = await clock.shared();
      if (row.refreshed_at + refreshIdleMs <= now || !(await holding(row)))
        throw errors.AF_JWT_REFRESH_INVALID({ caller });
      const hash = hashOf(given.secret);
      if (sameHash(hash, row.refresh_hash)) {
        const secret = await replace(row, given, now);
        if (secret !== undefined) return { row, refresh: refreshText({ ...given, secret }) };
        row = await read(row.id);
        if (!row) throw errors.AF_JWT_REFRESH_INVALID({ caller });
      }
      const isJustUsed = sameHash(hash, row.previous_hash) && now - row.refreshed_at <= retryMs;
      if (isJustUsed && row.salt !== null)
        return { row, refresh: refreshText({ ...given, secret: secretAfter(given.secret, row.salt) }) };
      await remove(row.id);
      log.warn('a refresh token was used twice; what came from it has ended', {
        account: row.account,
        tenant: row.tenant,
        family: row.id,
      });
      throw errors.AF_JWT_REFRESH_REUSED({ caller });
    },
    async find(id, exact = false) {
      const found = exact ? read(id) : kept.get(id, () => read(id));
      return holding(found instanceof Promise ? await found : found, { exact });
    },
    async list(account, tenant) {
      const now = await clock.shared();
      const rows = await db
        .selectFrom('af_auth_jwt_families')
        .selectAll()
        .where('account', '=', account)
        .where('tenant', '=', tenant)
        .where('refreshed_at', '>', now - refreshIdleMs)
        .orderBy('refreshed_at', 'desc')
        .orderBy('id')
        .limit(mostListed)
        .execute();
      const newestFirst = rows.toSorted((one, other) => other.created_at - one.created_at);
      const found = await Promise.all(newestFirst.map((row) => holding(row, { isUse: false })));
      return found.flatMap((one) => (one ? [one.row] : []));
    },
    async end(id, account, tenant) {
      const row = await read(id);
      return row?.account === account && row.tenant === tenant && (await remove(id));
    },
    async sweep() {
      const { numDeletedRows } = await db
        .deleteFrom('af_auth_jwt_families')
        .where('refreshed_at', '<=', (await clock.shared()) - refreshIdleMs)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

/** Whose family it is, whatever became of it: whoever sends one of its tokens had it once. */
export function callerOf({ id, account, tenant }: Pick<FamilyRow, 'id' | 'account' | 'tenant'>): KnownCaller {
  const kind = account.startsWith('svc_') ? 'service' : 'user';
  return { id: account, tenant, kind, credential: { scheme: 'jwt', id } };
}
