import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { addDataKey, changing, type SealingKey } from './data-keys.ts';
import type { KeyRing } from './key-ring.ts';
import { readUnder } from './read-secrets.ts';
import { openValue, sealValue, type SealedRow } from './sealed-value.ts';
import type { SecretDatabase, SecretTables } from './secret-tables.ts';

/** What was done for one tenant. */
export interface TenantRewrap {
  readonly rewrapped: number;
  readonly resealed: number;
  readonly unopened: number;
}

const valuesAtOnce = 100;

/**
 * Puts the data keys of a tenant under the key that seals, and all values under the newest data key, so that the others
 * can go. In steps of a transaction each, every one of which leaves all values open: it is begun again where it ended.
 */
export async function rewrapTenant(
  database: SqlDatabase,
  tenant: string,
  ring: KeyRing,
  renew: boolean,
): Promise<TenantRewrap> {
  // Most tenants have nothing to do, and are not waited for.
  const before = await keysOf(queryBuilder<SecretTables>(database));
  const isDone =
    before.length < 2 &&
    before.every((key) => key.wrapped_by === ring.seals && !(renew && key.made_under !== ring.seals));
  if (isDone) return { rewrapped: 0, resealed: 0, unopened: 0 };
  const { rewrapped, lost, older, newest } = await changing(database, tenant, (db) =>
    rewrapKeys(db, database, tenant, ring, renew),
  );
  let [resealed, unopened] = [0, lost];
  for (const number of newest ? older : []) {
    let place: { readonly name: string; readonly version: number } | undefined = { name: '', version: 0 };
    while (place) {
      const from: { readonly name: string; readonly version: number } = place;
      const step = await changing(database, tenant, (db) => resealPage(db, tenant, ring, number, from));
      resealed += step.resealed;
      unopened += step.unopened;
      place = step.next;
    }
  }
  return { rewrapped, resealed, unopened };
}

/** `newest`: whether values can be sealed under the newest data key; `older`: numbers of the others. */
async function rewrapKeys(
  db: SecretDatabase,
  database: SqlDatabase,
  tenant: string,
  ring: KeyRing,
  renew: boolean,
): Promise<{ rewrapped: number; lost: number; older: readonly number[]; newest: boolean }> {
  let [rewrapped, lost] = [0, 0];
  for (const key of await keysOf(db)) {
    const unwrapped = ring.unwrap(key, tenant);
    if (unwrapped.dataKey === undefined) {
      if (!(await dropUnused(db, key.number))) lost += 1;
    } else if (key.wrapped_by !== ring.seals) {
      await db
        .updateTable('af_secrets_sql_keys')
        .set(ring.wrap(unwrapped.dataKey, tenant, key.number))
        .where('number', '=', key.number)
        .execute();
      rewrapped += 1;
    }
  }
  let keys = await keysOf(db);
  const last = keys.at(-1);
  if (last && renew && last.made_under !== ring.seals) {
    await addDataKey(db, database, ring, tenant, last.number + 1);
    keys = await keysOf(db);
  }
  return {
    rewrapped,
    lost,
    older: keys.slice(0, -1).map(({ number }) => number),
    newest: (await newestOf(db, ring, tenant)) !== undefined,
  };
}

/** Seals values of an older data key under the newest; the older one goes when nothing is under it any more. */
async function resealPage(
  db: SecretDatabase,
  tenant: string,
  ring: KeyRing,
  number: number,
  from: { readonly name: string; readonly version: number },
): Promise<{
  resealed: number;
  unopened: number;
  next?: { readonly name: string; readonly version: number };
}> {
  const rows = await readUnder(db, number, from, valuesAtOnce);
  const key = await newestOf(db, ring, tenant);
  if (!key) return { resealed: 0, unopened: 0 };
  let resealed = 0;
  for (const row of rows) if (await reseal(db, tenant, ring, row, key)) resealed += 1;
  const last = rows.length === valuesAtOnce ? rows.at(-1) : undefined;
  if (!last) await dropUnused(db, number);
  return { resealed, unopened: rows.length - resealed, ...(last && { next: last }) };
}

async function reseal(
  db: SecretDatabase,
  tenant: string,
  ring: KeyRing,
  row: SealedRow,
  { number, dataKey }: SealingKey,
): Promise<boolean> {
  let text: string;
  try {
    text = openValue(ring, tenant, row);
  } catch {
    return false; // it says so to whoever uses it
  }
  await db
    .updateTable('af_secrets_sql_versions')
    .set({ data_key: number, sealed: sealValue(dataKey, { ...row, tenant }, text) })
    .where('name', '=', row.name)
    .where('version', '=', row.version)
    .execute();
  return true;
}

/** Deletes a data key that nothing is under; whether it did. */
async function dropUnused(db: SecretDatabase, number: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('af_secrets_sql_keys')
    .where('number', '=', number)
    .where('number', 'not in', (eb) => eb.selectFrom('af_secrets_sql_versions').select('data_key'))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

async function newestOf(db: SecretDatabase, ring: KeyRing, tenant: string): Promise<SealingKey | undefined> {
  const newest = (await keysOf(db)).at(-1);
  const dataKey = newest && ring.unwrap(newest, tenant).dataKey;
  return newest && dataKey !== undefined ? { number: newest.number, dataKey } : undefined;
}

function keysOf(db: SecretDatabase) {
  return db
    .selectFrom('af_secrets_sql_keys')
    .select(['number', 'wrapped', 'wrapped_by', 'made_under'])
    .orderBy('number')
    .execute();
}
