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
  /** Only those of chunks after this key; 0 for all. */
  readonly after: number;
}

/** A vector as it is stored, with the key of its chunk and the time at which it is over. */
interface VectorRow {
  readonly key: number;
  readonly vector: Uint8Array | null;
  readonly expires_at: number | null;
}

/** Bytes of vectors that are read at once; others get their turn in between. */
const bytesAtOnce = 4_194_304;
/** Keys of one statement. */
const keysAtOnce = 1_000;

/** Rows as one block. */
export function blockOf(rows: readonly VectorRow[], dimensions: number): VectorBlock {
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
  }
  return block;
}

/** The vectors after the key `last` from the database, block by block, in the order of their keys. */
export async function* readBlocks(
  database: SqlDatabase,
  { dimensions, ...space }: VectorSpace,
  last: number,
): AsyncGenerator<VectorBlock> {
  const limit = Math.max(1, Math.floor(bytesAtOnce / (dimensions * 4)));
  for (let after = Math.max(last, space.after); ;) {
    const rows = await vectorsOf(database, { ...space, dimensions })
      .where('c.key', '>', after)
      .orderBy('c.key')
      .limit(limit)
      .execute();
    if (rows.length > 0) yield blockOf(rows, dimensions);
    if (rows.length < limit) return;
    after = rows.at(-1)?.key ?? after;
  }
}

/** The vectors of some chunks from the database, block by block. */
export async function* readKeys(
  database: SqlDatabase,
  space: VectorSpace,
  keys: readonly number[],
): AsyncGenerator<VectorBlock> {
  for (let at = 0; at < keys.length; at += keysAtOnce) {
    const some = keys.slice(at, at + keysAtOnce);
    yield blockOf(await vectorsOf(database, space).where('c.key', 'in', some).execute(), space.dimensions);
  }
}

function vectorsOf(database: SqlDatabase, { collection, space, dimensions }: VectorSpace) {
  return queryBuilder<VectorTables>(database)
    .selectFrom('af_vector_sql_chunks as c')
    .innerJoin('af_vector_sql_documents as d', (join) =>
      join.onRef('d.collection', '=', 'c.collection').onRef('d.id', '=', 'c.document'),
    )
    .select(['c.key', 'c.vector', 'd.expires_at'])
    .where('c.collection', '=', collection)
    .where('c.space', '=', space)
    .where('d.dimensions', '=', dimensions);
}
