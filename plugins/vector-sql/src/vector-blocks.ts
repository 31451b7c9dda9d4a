import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { readFloats } from './float-bytes.ts';
import type { VectorBlock } from './nearest.ts';
import type { VectorTables } from './vector-tables.ts';

/** Vectors of one collection that may be compared with each other. */
export interface VectorSpace {
  readonly collection: string;
  readonly space: string;
  readonly dimensions: number;
}

/** Bytes of vectors that are read at once; others get their turn in between. */
const bytesAtOnce = 4_194_304;

/** The vectors after `after` from the database, block by block, in the order of their keys. */
export async function* readBlocks(
  database: SqlDatabase,
  { collection, space, dimensions }: VectorSpace,
  after: number,
): AsyncGenerator<VectorBlock> {
  const db = queryBuilder<VectorTables>(database);
  const limit = Math.max(1, Math.floor(bytesAtOnce / (dimensions * 4)));
  for (let last = after; ;) {
    const rows = await db
      .selectFrom('af_vector_sql_chunks as c')
      .innerJoin('af_vector_sql_documents as d', (join) =>
        join.onRef('d.collection', '=', 'c.collection').onRef('d.id', '=', 'c.document'),
      )
      .select(['c.key', 'c.vector', 'd.expires_at'])
      .where('c.collection', '=', collection)
      .where('c.key', '>', last)
      .where('c.space', '=', space)
      .where('d.dimensions', '=', dimensions)
      .orderBy('c.key')
      .limit(limit)
      .execute();
    const block = {
      keys: new Float64Array(rows.length),
      ends: new Float64Array(rows.length),
      values: new Float32Array(rows.length * dimensions),
      count: rows.length,
    };
    for (const [row, { key, vector, expires_at: end }] of rows.entries()) {
      block.keys[row] = key;
      block.ends[row] = end ?? 0;
      if (vector?.length === dimensions * 4) readFloats(vector, block.values, row * dimensions);
      last = key;
    }
    if (rows.length > 0) yield block;
    if (rows.length < limit) return;
  }
}
