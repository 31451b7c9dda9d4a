import { Kysely } from 'kysely';
import type { SqlDatabase, SqlTransaction } from '../contracts/storage.ts';
import { createStorageDialect, type SqlRunner } from './storage-dialect.ts';

const builders = new WeakMap<object, Kysely<unknown>>();

/**
 * A typed query builder on a database handle: `Storage`, what `TenantStorage.tenant` gives, or anything else that
 * runs SQL and says its dialect. `DB` names the tables and the types of their columns as they are stored. It is cheap,
 * holds nothing and needs no end. The builder runs queries only: the schema belongs to migrations, and transactions
 * are begun by {@link withTransaction}; `AF_SQL_REFUSED` says so.
 *
 * `ON CONFLICT` with columns cannot be used on a tenant's tables, whose keys differ by engine; without columns
 * (`onConflict((on) => on.doNothing())`) it can.
 *
 * @example
 * ```ts
 * interface Tables {
 *   af_notes_notes: { id: string; title: string; created_at: number };
 * }
 * declare const storage: Storage;
 * const db = queryBuilder<Tables>(storage);
 * await db.insertInto('af_notes_notes').values({ id: 'a', title: 'One', created_at: 1 }).execute();
 * const notes = await db.selectFrom('af_notes_notes').select(['id', 'title']).where('created_at', '>', 0).execute();
 * notes[0]?.title;
 * ```
 */
export function queryBuilder<DB>(database: SqlRunner): Kysely<DB> {
  let builder = builders.get(database);
  if (builder === undefined) {
    builder = new Kysely({ dialect: createStorageDialect(database) });
    builders.set(database, builder);
  }
  return builder as Kysely<DB>; // one builder serves every view of the tables: types are gone at run time
}

/**
 * Runs `work` in one transaction of the database, with a builder on it: committed when it resolves, rolled back when it
 * throws. The rules of `SqlDatabase.transaction` hold: use nothing but what `work` is given, and await every query.
 *
 * @example
 * ```ts
 * interface Tables {
 *   af_notes_counters: { name: string; n: number };
 * }
 * declare const storage: Storage;
 * const n = await withTransaction(storage, async (db: Kysely<Tables>, tx) => {
 *   await tx.lock('counters');
 *   const row = await db.selectFrom('af_notes_counters').select('n').where('name', '=', 'x').executeTakeFirst();
 *   await db.updateTable('af_notes_counters').set({ n: (row?.n ?? 0) + 1 }).where('name', '=', 'x').execute();
 *   return row?.n;
 * });
 * ```
 */
export function withTransaction<DB, T>(
  database: SqlDatabase,
  work: (db: Kysely<DB>, tx: SqlTransaction) => Promise<T>,
): Promise<T> {
  const { dialect } = database;
  return database.transaction((tx) => {
    const runner: SqlRunner = {
      dialect,
      query: (sql, params) => tx.query(sql, params),
      execute: (sql, params) => tx.execute(sql, params),
    };
    return work(queryBuilder<DB>(runner), tx);
  });
}
