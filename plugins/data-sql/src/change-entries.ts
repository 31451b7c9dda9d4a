import {
  dataErrors,
  type DataEntry,
  type DataOwner,
  type DataUsage,
  type SqlDatabase,
} from '@agent-factory/sdk/contracts';
import { isLive, nowOf, withTransaction } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import type { DataDatabase } from './data-tables.ts';

/** Most of one plugin for one tenant. */
export type Quota = Pick<DataUsage, 'maxEntries' | 'maxBytes'>;

/** Changes what a plugin has in a transaction, one change after another: what it has in all stays true. */
export function changing<T>(
  database: SqlDatabase,
  { plugin, tenant }: DataOwner,
  work: (db: DataDatabase) => Promise<T>,
): Promise<T> {
  return withTransaction(database, async (db: DataDatabase, tx) => {
    await tx.lock(`data-sql:${tenant}:${plugin}`);
    return work(db);
  });
}

/** What a plugin has in all. */
export async function usageOf(db: DataDatabase, plugin: string): Promise<{ entries: number; bytes: number }> {
  const row = await db
    .selectFrom('af_data_sql_owners')
    .select(['entries', 'bytes'])
    .where('plugin', '=', plugin)
    .executeTakeFirst();
  return row ?? { entries: 0, bytes: 0 };
}

/** Puts an entry in the place of what was there. AF_DATA_CONFLICT or AF_DATA_FULL. */
export async function putEntry(
  db: DataDatabase,
  database: SqlDatabase,
  { plugin }: DataOwner,
  entry: { readonly key: string; readonly text: string; readonly bytes: number },
  change: { readonly ifRevision?: number; readonly ttlMs?: number },
  quota: Quota,
): Promise<Pick<DataEntry, 'revision' | 'updatedAt'>> {
  const { key, text, bytes } = entry;
  const before = await revisionOf(db, database, plugin, key);
  expectRevision(plugin, key, before, change.ifRevision);
  await removeEntries(db, plugin, [key]);
  await makeRoom(db, database, plugin, entry, quota);
  const now = nowOf(database);
  const revision = before + 1;
  const { updated_at: updatedAt } = await db
    .insertInto('af_data_sql_entries')
    .values({
      plugin,
      key,
      value: text,
      revision,
      bytes,
      updated_at: now,
      expires_at: change.ttlMs === undefined ? null : sql<number>`${now} + ${change.ttlMs}`,
    })
    .returning('updated_at')
    .executeTakeFirstOrThrow();
  await count(db, plugin, 1, bytes);
  return { revision, updatedAt };
}

/** Deletes an entry. Whether there was one. AF_DATA_CONFLICT. */
export async function deleteEntry(
  db: DataDatabase,
  database: SqlDatabase,
  { plugin }: DataOwner,
  key: string,
  ifRevision: number | undefined,
): Promise<boolean> {
  const before = await revisionOf(db, database, plugin, key);
  expectRevision(plugin, key, before, ifRevision);
  await removeEntries(db, plugin, [key]);
  return before > 0;
}

/** Removes entries, and takes them off what the plugin has in all; how many there were. */
export async function removeEntries(
  db: DataDatabase,
  plugin: string,
  keys: readonly string[],
): Promise<number> {
  const gone = await db
    .deleteFrom('af_data_sql_entries')
    .where('plugin', '=', plugin)
    .where('key', 'in', keys)
    .returning('bytes')
    .execute();
  if (gone.length > 0)
    await count(db, plugin, -gone.length, -gone.reduce((sum, { bytes }) => sum + bytes, 0));
  return gone.length;
}

/** Keys of entries that are over, the oldest first. */
export async function keysOver(
  db: DataDatabase,
  database: SqlDatabase,
  plugin: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('af_data_sql_entries')
    .select('key')
    .where('plugin', '=', plugin)
    .where('expires_at', '<=', nowOf(database))
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ key }) => key);
}

const removedAtOnce = 500;

/** Removes what is over where there is no room otherwise. AF_DATA_FULL. */
async function makeRoom(
  db: DataDatabase,
  database: SqlDatabase,
  plugin: string,
  { key, bytes }: { readonly key: string; readonly bytes: number },
  { maxEntries, maxBytes }: Quota,
): Promise<void> {
  for (;;) {
    const used = await usageOf(db, plugin);
    const needed = { entries: used.entries + 1, bytes: used.bytes + bytes };
    if (needed.entries <= maxEntries && needed.bytes <= maxBytes) return;
    const over = await keysOver(db, database, plugin, removedAtOnce);
    if (over.length > 0) {
      await removeEntries(db, plugin, over);
      continue;
    }
    throw needed.entries > maxEntries
      ? dataErrors.AF_DATA_FULL({ key, plugin, needed: needed.entries, unit: 'entries', most: maxEntries })
      : dataErrors.AF_DATA_FULL({ key, plugin, needed: needed.bytes, unit: 'bytes', most: maxBytes });
  }
}

/** 0 where there is none, or it is over. */
async function revisionOf(
  db: DataDatabase,
  database: SqlDatabase,
  plugin: string,
  key: string,
): Promise<number> {
  const row = await db
    .selectFrom('af_data_sql_entries')
    .select('revision')
    .where('plugin', '=', plugin)
    .where('key', '=', key)
    .where(isLive(nowOf(database)))
    .executeTakeFirst();
  return row?.revision ?? 0;
}

function expectRevision(plugin: string, key: string, revision: number, expected: number | undefined): void {
  if (expected === undefined || expected === revision) return;
  throw dataErrors.AF_DATA_CONFLICT({ key, plugin, revision, expected });
}

async function count(db: DataDatabase, plugin: string, entries: number, bytes: number): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('af_data_sql_owners')
    .set((eb) => ({ entries: eb('entries', '+', entries), bytes: eb('bytes', '+', bytes) }))
    .where('plugin', '=', plugin)
    .executeTakeFirst();
  if (numUpdatedRows === 0n)
    await db.insertInto('af_data_sql_owners').values({ plugin, entries, bytes }).execute();
}
