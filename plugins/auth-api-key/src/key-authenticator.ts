import type { Logger } from '@agent-factory/sdk';
import {
  accessErrors,
  rightsWithin,
  type Accounts,
  type Authenticator,
  type CredentialSource,
  type KeptValues,
  type KnownCaller,
  type Principal,
  type RequestCredentials,
  type Storage,
} from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { isOver, type KeyRow, type KeyTables } from './key-rows.ts';
import { keyHash, keyId, sameHash } from './key-text.ts';

const usedEveryMs = 60_000;

/** Takes keys for a proof. `settled` resolves once every note of a use is written. */
export function createKeyAuthenticator({
  storage,
  accounts,
  kept,
  log,
}: {
  readonly storage: Storage;
  readonly accounts: Accounts;
  readonly kept: KeptValues<KeyRow | undefined>;
  readonly log: Logger;
}): {
  readonly authenticator: Authenticator;
  readonly source: CredentialSource;
  settled(): Promise<void>;
} {
  const db = queryBuilder<KeyTables>(storage);
  const noted = new Map<string, number>();
  const notes = new Set<Promise<void>>();

  const read = (id: string, exact = false): KeyRow | undefined | Promise<KeyRow | undefined> => {
    const look = () =>
      db.selectFrom('af_auth_api_key_keys').selectAll().where('id', '=', id).executeTakeFirst();
    return exact ? look() : kept.get(id, look);
  };

  /** To the minute: a key that is used a thousand times a second is written once. */
  const note = ({ id, last_used_at: last }: KeyRow, now: number): void => {
    if (now - Math.max(noted.get(id) ?? 0, last ?? 0) < usedEveryMs) return;
    noted.set(id, now);
    const written = db
      .updateTable('af_auth_api_key_keys')
      .set({ last_used_at: now })
      .where('id', '=', id)
      .execute()
      .then(() => undefined)
      .catch((error: unknown) =>
        log.warn('the use of a key was not noted', { key: id, error: String(error) }),
      )
      .finally(() => notes.delete(written));
    notes.add(written);
  };

  const prove = async (
    text: string,
    { tenant, exact }: Pick<RequestCredentials, 'tenant' | 'exact'>,
  ): Promise<Principal> => {
    const id = keyId(text);
    const row = id === undefined ? undefined : await read(id, exact);
    const now = Date.now();
    if (!row || !sameHash(row.hash, keyHash(text))) throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({});
    const caller = callerOf(row);
    if (isOver(row, now)) throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({ caller });
    const rights = await accounts.rights(row.account, row.tenant);
    if (!rights || rights.membership !== row.membership)
      throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({ caller });
    if (tenant !== undefined && tenant !== row.tenant)
      throw accessErrors.AF_ACCESS_TENANT_REFUSED({ tenant: tenant.slice(0, 63), caller });
    note(row, now);
    return {
      id: row.account,
      tenant: row.tenant,
      kind: rights.kind,
      credential: {
        scheme: 'api-key',
        id: row.id,
        ...(row.expires_at !== null && { until: row.expires_at }),
      },
      ...rightsWithin(rights, row.scopes),
    };
  };

  const authenticator: Authenticator = {
    scheme: 'api-key',
    security: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'af_<id>_<secret>',
      description: 'An API key.',
    },
    authenticate(credentials) {
      const { authorization } = credentials;
      if (authorization === undefined || !/^bearer af_/i.test(authorization)) return undefined;
      return prove(authorization.slice('bearer '.length), credentials);
    },
  };
  const source: CredentialSource = {
    scheme: 'api-key',
    async holds({ id, account }, { isUse = true, exact } = {}) {
      const asked = read(id, exact);
      const row = asked instanceof Promise ? await asked : asked;
      const now = Date.now();
      if (row?.account !== account || isOver(row, now)) return false;
      const found = accounts.rights(account, row.tenant);
      const rights = found instanceof Promise ? await found : found;
      if (rights?.membership !== row.membership) return false;
      if (isUse) note(row, now);
      return true;
    },
  };
  return { authenticator, source, settled: async () => void (await Promise.all(notes)) };
}

/** Whose key it is, whatever became of it: whoever brings it had it once. */
function callerOf({ id, account, tenant }: KeyRow): KnownCaller {
  const kind = account.startsWith('svc_') ? 'service' : 'user';
  return { id: account, tenant, kind, credential: { scheme: 'api-key', id } };
}
