import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '@agent-factory/sdk';
import {
  vectorErrors,
  type SqlDatabase,
  type VectorFilter,
  type VectorQuery,
} from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { filterConditions } from './filter-chunks.ts';
import { unitVector } from './float-bytes.ts';
import { isGone, nearByIndex, type IndexQuery } from './near-by-index.ts';
import { Nearest, type Near, type VectorBlock, type Which } from './nearest.ts';
import { readKeys } from './vector-blocks.ts';
import type { VectorCache } from './vector-cache.ts';
import type { VectorTables } from './vector-tables.ts';

/** What searches share. */
export interface SearchContext {
  readonly cache: VectorCache;
  /** Whether indexes of pgvector are searched. */
  readonly indexed: boolean;
  /** Ids of indexes that were found to be gone. */
  readonly gone: Set<string>;
  readonly log: Logger;
}

/** Vectors that are compared before others get their turn: about five milliseconds. */
const rowsAtOnce = 8_192;
/** So many that a filter leaves of a large collection are read by their keys, rather than all of it. */
const mostByKey = 10_000;

/** The chunks of a collection whose vectors are nearest to that of a query; their likeness is the exact cosine. */
export async function findNear(
  database: SqlDatabase,
  collection: string,
  { vector, filter, minLikeness = -1 }: VectorQuery,
  most: number,
  context: SearchContext,
): Promise<readonly Near[]> {
  if (!vector) return [];
  const { space, values } = vector;
  const known = await knownSpace(database, collection, space, context);
  if (!known) return [];
  const { identity, revision, dimensions, index } = known;
  if (dimensions !== values.length)
    throw vectorErrors.AF_VECTOR_DIMENSIONS({ collection, space, given: values.length, wanted: dimensions });
  const direction = unitVector(values);
  const found = index && (await tryIndex(database, { index, direction, most, filter, minLikeness }, context));
  // With an index, only what came since it was brought up to date is left.
  const after = found && index ? index.reached : 0;
  const allowed = filter && (await keysAllowed(database, collection, filter, after));
  const nearest = new Nearest(most);
  const which = { now: Date.now(), allowed, minLikeness };
  if (found) await lookThrough([found], nearest, direction, { ...which, allowed: undefined });
  const searched = { identity, collection, space, dimensions, revision, after };
  const byKey = index && !found && allowed && allowed.size <= mostByKey;
  const blocks = byKey
    ? readKeys(database, searched, [...allowed])
    : context.cache.blocks(database, searched);
  await lookThrough(blocks, nearest, direction, which);
  return nearest.sorted();
}

interface KnownSpace {
  readonly identity: string;
  readonly revision: number;
  readonly dimensions: number;
  readonly index: IndexQuery['index'] | undefined;
}

async function knownSpace(
  database: SqlDatabase,
  collection: string,
  space: string,
  { indexed, gone }: SearchContext,
): Promise<KnownSpace | undefined> {
  const asked = queryBuilder<VectorTables>(database)
    .selectFrom('af_vector_sql_collections as l')
    .innerJoin('af_vector_sql_documents as d', 'd.collection', 'l.name')
    .select(['l.identity', 'l.revision', 'd.dimensions'])
    .where('l.name', '=', collection)
    .where('d.space', '=', space)
    .where('d.dimensions', '>', 0)
    .limit(1);
  if (!indexed) {
    const found = await asked.executeTakeFirst();
    return found && { ...found, index: undefined };
  }
  const found = await asked
    .leftJoin('af_vector_sql_derived_indexes as i', (join) =>
      join
        .onRef('i.collection', '=', 'd.collection')
        .onRef('i.space', '=', 'd.space')
        .onRef('i.dimensions', '=', 'd.dimensions'),
    )
    .select(['i.id', 'i.reached'])
    .executeTakeFirst();
  if (!found) return undefined;
  const { id, reached, ...known } = found;
  const isUsable = id !== null && reached !== null && reached > 0 && !gone.has(id);
  return { ...known, index: isUsable ? { id, reached, dimensions: known.dimensions } : undefined };
}

/** Where the index cannot be searched, it is as if it were not there. */
async function tryIndex(
  database: SqlDatabase,
  query: Omit<IndexQuery, 'filter'> & { readonly filter: VectorFilter | undefined },
  { gone, log }: SearchContext,
): Promise<VectorBlock | undefined> {
  try {
    return await nearByIndex(database, { ...query, filter: query.filter ?? {} });
  } catch (error) {
    if (!isGone(error)) throw error;
    const { id } = query.index;
    if (!gone.has(id)) log.warn('an index of pgvector is gone, so all vectors are compared', { id, error });
    gone.add(id);
    return undefined;
  }
}

async function lookThrough(
  blocks: Iterable<VectorBlock> | AsyncIterable<VectorBlock>,
  nearest: Nearest,
  direction: Float32Array,
  which: Which,
): Promise<void> {
  let looked = 0;
  for await (const block of blocks)
    for (let from = 0; from < block.count; from += rowsAtOnce) {
      if (looked >= rowsAtOnce) {
        await nextTurn();
        looked = 0;
      }
      const to = Math.min(from + rowsAtOnce, block.count);
      nearest.look(block, direction, from, to, which);
      looked += to - from;
    }
}

async function keysAllowed(
  database: SqlDatabase,
  collection: string,
  filter: VectorFilter,
  after: number,
): Promise<ReadonlySet<number>> {
  let asked = queryBuilder<VectorTables>(database)
    .selectFrom('af_vector_sql_chunks as c')
    .select('c.key')
    .where('c.collection', '=', collection)
    .where('c.key', '>', after);
  for (const condition of filterConditions(database.dialect, filter)) asked = asked.where(condition);
  return new Set((await asked.execute()).map(({ key }) => key));
}
