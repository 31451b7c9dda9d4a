import { isAgentFactoryError } from '@agent-factory/sdk';
import type { SqlDatabase, VectorFilter } from '@agent-factory/sdk/contracts';
import { isLive, nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { sql, type SqlBool } from 'kysely';
import { filterConditions } from './filter-chunks.ts';
import { halfText } from './half-text.ts';
import { nearFunction } from './index-parts.ts';
import type { VectorBlock } from './nearest.ts';
import { blockOf } from './vector-blocks.ts';
import type { IndexRow, VectorTables } from './vector-tables.ts';

/** What an index is asked for. */
export interface IndexQuery {
  readonly index: Pick<IndexRow, 'id' | 'dimensions' | 'reached'>;
  /** Of length one. */
  readonly direction: Float32Array;
  readonly most: number;
  readonly filter: VectorFilter;
  readonly minLikeness: number;
}

interface Candidate {
  readonly key: number;
  /** As the index knows it, with numbers of 16 bits. */
  readonly likeness: number;
  /** Where it is still there, not over, and fits the filter. */
  readonly vector: Uint8Array | null;
}

/** Candidates for each hit: those nearest by 16 bits are not quite those nearest by 32. */
const perHit = 2;
const fewest = 100;
/** The second time, where a filter or what was removed left too few. */
const widened = 2_000;
/** More than what 16 bits in the place of 32 make of a likeness. */
const rounding = 0.01;

/**
 * The vectors that an index finds, whole, so that they can be compared exactly. `undefined` where it may have missed some
 * that were asked for, or cannot be searched: then every vector has to be compared.
 */
export async function nearByIndex(
  database: SqlDatabase,
  query: IndexQuery,
): Promise<VectorBlock | undefined> {
  const { most, minLikeness, index } = query;
  const first = Math.max(fewest, most * perHit);
  for (const count of [first, widened]) {
    const candidates = await ask(database, query, count);
    const fitting = candidates.filter(({ vector }) => vector !== null);
    const isAll = fitting.length >= most || (candidates.at(-1)?.likeness ?? 1) < minLikeness - rounding;
    if (isAll)
      return blockOf(
        fitting.map((each) => ({ ...each, expires_at: null })),
        index.dimensions,
      );
  }
  return undefined;
}

async function ask(
  database: SqlDatabase,
  { index, direction, filter }: IndexQuery,
  count: number,
): Promise<readonly Candidate[]> {
  const { dialect } = database;
  const conditions = [
    sql<SqlBool>`c.key <= ${index.reached}`,
    isLive(nowOf(database), 'd.'),
    sql<SqlBool>`d.id IS NOT NULL`,
    ...filterConditions(dialect, filter),
  ];
  const { rows } = await sql<Candidate>`
    SELECT n.chunk AS key, n.likeness AS likeness, CASE WHEN ${sql.join(conditions, sql` AND `)} THEN c.vector END AS vector
    FROM ${sql.raw(nearFunction(index.id))}(CAST(${halfText(direction)} AS halfvec), CAST(${count} AS BIGINT)) AS n
    LEFT JOIN af_vector_sql_chunks c ON c.key = n.chunk
    LEFT JOIN af_vector_sql_documents d ON d.collection = c.collection AND d.id = c.document
    ORDER BY n.likeness DESC`.execute(queryBuilder<VectorTables>(database));
  return rows;
}

/** Whether an index could not be searched because it, or pgvector, is not there any more. */
export function isGone(error: unknown): boolean {
  return isAgentFactoryError(error, 'AF_STORAGE_STATEMENT_INVALID');
}
