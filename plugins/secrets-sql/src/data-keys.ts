import type { Logger } from '@agent-factory/sdk';
import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { nowOf, withTransaction } from '@agent-factory/sdk/sql';
import { makeDataKey, type KeyRing } from './key-ring.ts';
import type { SecretDatabase } from './secret-tables.ts';

/** Changes what a tenant keeps in a transaction, one change after another. */
export function changing<T>(
  database: SqlDatabase,
  tenant: string,
  work: (db: SecretDatabase) => Promise<T>,
): Promise<T> {
  return withTransaction(database, async (db: SecretDatabase, tx) => {
    await tx.lock(`secrets-sql:${tenant}`);
    return work(db);
  });
}

/** A data key that values are sealed under now. */
export interface SealingKey {
  readonly number: number;
  readonly dataKey: string;
}

/** The newest data key; one is made where there is none that opens. Under {@link changing}. */
export async function sealingKey(
  db: SecretDatabase,
  database: SqlDatabase,
  { ring, tenant, log }: { readonly ring: KeyRing; readonly tenant: string; readonly log: Logger },
): Promise<SealingKey> {
  const newest = await newestKey(db);
  if (!newest) return addDataKey(db, database, ring, tenant, 1);
  const unwrapped = ring.unwrap(newest, tenant);
  if (unwrapped.dataKey !== undefined) return { number: newest.number, dataKey: unwrapped.dataKey };
  const { key, reason } = unwrapped;
  log.warn('a data key cannot be opened; a new one takes its place for new values', { tenant, key, reason });
  return addDataKey(db, database, ring, tenant, newest.number + 1);
}

/** Makes the data key of this number. */
export async function addDataKey(
  db: SecretDatabase,
  database: SqlDatabase,
  ring: KeyRing,
  tenant: string,
  number: number,
): Promise<SealingKey> {
  const dataKey = makeDataKey();
  const row = { number, ...ring.wrap(dataKey, tenant, number), made_under: ring.seals };
  await db
    .insertInto('af_secrets_sql_keys')
    .values({ ...row, created_at: nowOf(database) })
    .execute();
  return { number, dataKey };
}

function newestKey(db: SecretDatabase) {
  return db
    .selectFrom('af_secrets_sql_keys')
    .select(['number', 'wrapped', 'wrapped_by'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
}
