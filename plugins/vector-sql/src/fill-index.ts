import { retryLocked, type SqlDatabase } from '@agent-factory/sdk/contracts';
import { queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { readFloats } from './float-bytes.ts';
import { halfText } from './half-text.ts';
import { indexTable } from './index-parts.ts';
import type { IndexRow, VectorDatabase, VectorTables } from './vector-tables.ts';

/** Vectors of one transaction at most, and numbers in them: about a second. */
const rowsAtOnce = 200;
const numbersAtOnce = 100_000;
/** Transactions until the next index gets its turn. */
const batchesOfTurn = 100;
const cleanedAtOnce = 1_000;

/** Takes what came since into an index, batch by batch, and what is gone out of it; how many vectors were taken in. */
export async function fillIndex(
  database: SqlDatabase,
  index: IndexRow,
  tenant: string,
  signal: AbortSignal,
): Promise<number> {
  let taken = 0;
  const rows = Math.min(rowsAtOnce, Math.ceil(numbersAtOnce / index.dimensions));
  for (let batch = 0; batch < batchesOfTurn && !signal.aborted; batch++) {
    const went = await retryLocked(database, () => takeBatch(database, index.id, tenant, rows));
    taken += went;
    if (went < rows) break;
  }
  if (!signal.aborted) await clean(database, index);
  return taken;
}

/** No key is ever given twice, and what is there later has a higher one: so an index knows by one number what it has. */
function takeBatch(database: SqlDatabase, id: string, tenant: string, limit: number): Promise<number> {
  return withTransaction(database, async (db: VectorDatabase, tx) => {
    await tx.lock(`vector-sql-index:${tenant}`);
    const index = await db
      .selectFrom('af_vector_sql_derived_indexes')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (!index) return 0;
    const rows = await db
      .selectFrom('af_vector_sql_chunks as c')
      .innerJoin('af_vector_sql_documents as d', (join) =>
        join.onRef('d.collection', '=', 'c.collection').onRef('d.id', '=', 'c.document'),
      )
      .select(['c.key', 'c.vector'])
      .where('c.collection', '=', index.collection)
      .where('c.space', '=', index.space)
      .where('c.key', '>', index.reached)
      .where('d.dimensions', '=', index.dimensions)
      .orderBy('c.key')
      .limit(limit)
      .execute();
    const last = rows.at(-1);
    if (!last) return 0;
    const values = rows.map(({ key, vector }) => {
      const floats = new Float32Array(index.dimensions);
      if (vector?.length === floats.byteLength) readFloats(vector, floats, 0);
      return sql`(${key}, CAST(${halfText(floats)} AS halfvec))`;
    });
    await sql`INSERT INTO ${sql.table(indexTable(id))} (key, direction) VALUES ${sql.join(values)}`.execute(
      db,
    );
    await db
      .updateTable('af_vector_sql_derived_indexes')
      .set({ reached: last.key })
      .where('id', '=', id)
      .execute();
    return rows.length;
  });
}

/** What is no longer there is found, but not given to anybody; it only takes the place of others. */
async function clean(database: SqlDatabase, { id, collection, cleaned }: IndexRow): Promise<void> {
  const db = queryBuilder<VectorTables>(database);
  const now = await db
    .selectFrom('af_vector_sql_collections')
    .select('revision')
    .where('name', '=', collection)
    .executeTakeFirst();
  if (!now || now.revision === cleaned) return;
  const table = sql.table(indexTable(id));
  for (let went = cleanedAtOnce; went === cleanedAtOnce;) {
    const { numAffectedRows = 0n } = await sql`DELETE FROM ${table} WHERE key IN (
      SELECT p.key FROM ${table} p LEFT JOIN af_vector_sql_chunks c ON c.key = p.key
      WHERE c.key IS NULL LIMIT ${sql.lit(cleanedAtOnce)})`.execute(db);
    went = Number(numAffectedRows);
  }
  await db
    .updateTable('af_vector_sql_derived_indexes')
    .set({ cleaned: now.revision })
    .where('id', '=', id)
    .execute();
}
