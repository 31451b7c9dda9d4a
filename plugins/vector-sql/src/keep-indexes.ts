import { randomBytes } from 'node:crypto';
import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import {
  everyTenant,
  pluginOfPart,
  type MigrationLedger,
  type SqlDatabase,
  type Storage,
  type TenantAnalytics,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { fillIndex } from './fill-index.ts';
import { findPgvector } from './find-pgvector.ts';
import { indexMigrations, indexPart, longestIndexed, nearFunction } from './index-parts.ts';
import type { IndexRow, VectorTables } from './vector-tables.ts';

/** What indexes are kept with. */
export interface IndexKeeping {
  readonly tenants: TenantStorage;
  readonly storage: Storage;
  readonly ledger: MigrationLedger;
  readonly analytics: TenantAnalytics;
  /** Vectors of one space from which on it gets an index. */
  readonly indexFrom: number;
}

interface LargeSpace {
  readonly collection: string;
  readonly space: string;
  readonly dimensions: number;
}

/**
 * Brings the indexes of all tenants up to date: makes those that are due, takes in what came, and removes those that nobody
 * needs. Broken off at any moment, it goes on there the next time.
 */
export async function keepIndexes(keeping: IndexKeeping, signal: AbortSignal): Promise<JsonObject> {
  const { version } = await findPgvector(keeping.storage);
  if (version === undefined) return { indexed: 0, removed: 0 };
  let indexed = 0;
  // A tenant whose turn did not suffice waits until each of the others had one.
  for (let went = 1; went > 0 && !signal.aborted; indexed += went) {
    went = 0;
    for await (const tenant of everyTenant(keeping.tenants)) {
      if (signal.aborted) break;
      const database = await keeping.tenants.tenant(tenant).catch(unlessErased);
      if (database) went += (await keepTenant(keeping, database, tenant, signal).catch(unlessErased)) ?? 0;
    }
  }
  return { indexed, removed: await removeUnused(keeping) };
}

async function keepTenant(
  keeping: IndexKeeping,
  database: SqlDatabase,
  tenant: string,
  signal: AbortSignal,
): Promise<number> {
  const db = queryBuilder<VectorTables>(database);
  const spaces = await largeSpaces(database, keeping.indexFrom);
  const isOf = (index: IndexRow, { collection, space, dimensions }: LargeSpace): boolean =>
    index.collection === collection && index.space === space && index.dimensions === dimensions;
  const kept: IndexRow[] = [];
  for (const index of await db.selectFrom('af_vector_sql_derived_indexes').selectAll().execute()) {
    const needed = spaces.kept.some((space) => isOf(index, space));
    if (needed && (index.reached < 0 || (await isThere(keeping.storage, index.id)))) kept.push(index);
    else await db.deleteFrom('af_vector_sql_derived_indexes').where('id', '=', index.id).execute();
  }
  for (const space of spaces.due) {
    if (kept.some((index) => isOf(index, space))) continue;
    const index = { ...space, id: randomBytes(8).toString('hex'), reached: -1, cleaned: 0 };
    await db.insertInto('af_vector_sql_derived_indexes').values(index).execute();
    kept.push(index);
  }
  let indexed = 0;
  for (const index of kept) {
    if (signal.aborted) break;
    // The row is there before the table, so that a table without a row is one that nobody needs.
    if (index.reached < 0)
      await keeping.tenants.migrate(indexPart(index.id), indexMigrations(index.id, index.dimensions));
    indexed += await fillIndex(database, index, tenant, signal);
  }
  return indexed;
}

/** Spaces that are to get an index, and those that keep theirs: it is not given up as soon as they shrink. */
async function largeSpaces(
  database: SqlDatabase,
  indexFrom: number,
): Promise<{ readonly due: readonly LargeSpace[]; readonly kept: readonly LargeSpace[] }> {
  const rows = await queryBuilder<VectorTables>(database)
    .selectFrom('af_vector_sql_documents')
    .select((eb) => ['collection', 'space', 'dimensions', eb.fn.sum<number>('chunks').as('vectors')])
    .where('space', 'is not', null)
    .where('dimensions', '>', 0)
    .where('dimensions', '<=', longestIndexed)
    .groupBy(['collection', 'space', 'dimensions'])
    .execute();
  const large = rows.flatMap(({ space, vectors, ...row }) =>
    space === null ? [] : [{ ...row, space, vectors: Number(vectors) }],
  );
  const from = (least: number): readonly LargeSpace[] =>
    large.flatMap(({ vectors, ...space }) => (vectors >= least ? [space] : []));
  return { due: from(indexFrom), kept: from(indexFrom / 2) };
}

/** Whether an index can be searched: pgvector may have been removed since, and have taken it along. */
async function isThere(storage: Storage, id: string): Promise<boolean> {
  const [row] = await storage.query<{ there: number }>(
    'SELECT count(*) AS there FROM (SELECT to_regprocedure(CAST(? AS TEXT)) AS name) f WHERE name IS NOT NULL',
    [`${nearFunction(id)}(halfvec,bigint)`],
  );
  return Number(row?.there) > 0;
}

/** Removes the tables of indexes that no tenant has any more; how many it were. */
async function removeUnused({ ledger, analytics }: IndexKeeping): Promise<number> {
  const applied = new Set((await ledger.applied()).map(({ plugin }) => plugin));
  const parts = [...applied].filter((name) => pluginOfPart(name) === 'vector-sql');
  if (parts.length === 0) return 0;
  const rows = await analytics.query<{ id: string }>('SELECT id FROM af_vector_sql_derived_indexes');
  const used = new Set(rows.map(({ id }) => indexPart(id)));
  const unused = parts.filter((name) => !used.has(name));
  for (const name of unused) await ledger.rollback(name, { scope: 'tenant', to: 0 });
  return unused.length;
}

function unlessErased(error: unknown): undefined {
  if (!isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) throw error;
}
