import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JsonObject } from '@agent-factory/sdk';
import {
  vectorErrors,
  type SqlDatabase,
  type VectorFilter,
  type VectorHit,
  type VectorQuery,
} from '@agent-factory/sdk/contracts';
import { isLive, nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { filterConditions } from './filter-chunks.ts';
import { findWords } from './find-words.ts';
import { unitVector } from './float-bytes.ts';
import { fuseRanks } from './fuse-ranks.ts';
import { Nearest, type Near } from './nearest.ts';
import type { VectorCache } from './vector-cache.ts';
import type { VectorTables } from './vector-tables.ts';

/** Candidates of each way of looking, for each chunk that is asked for. */
const candidatesPerHit = 4;
const leastCandidates = 50;
/** Vectors that are compared before others get their turn: about five milliseconds. */
const rowsAtOnce = 8_192;

/** Searches one collection of a tenant. */
export async function searchCollection(
  database: SqlDatabase,
  collection: string,
  query: VectorQuery,
  cache: VectorCache,
): Promise<readonly VectorHit[]> {
  const { text, vector, limit, filter = {} } = query;
  const isHybrid = text !== undefined && vector !== undefined;
  const most = isHybrid ? Math.max(leastCandidates, limit * candidatesPerHit) : limit;
  const near = vector ? await findNear(database, collection, query, most, cache) : [];
  const byWords = text === undefined ? [] : await findWords(database, collection, text, filter, most);
  const likeness = new Map(near.map((each) => [each.key, each.likeness]));
  const scores = isHybrid
    ? fuseRanks([near.map(({ key }) => key), byWords])
    : vector
      ? likeness
      : fuseRanks([byWords]);
  const hits = await readHits(database, collection, [...scores.keys()]);
  return hits
    .map(({ key, ...hit }) => {
      const own = likeness.get(key);
      return { ...hit, score: scores.get(key) ?? 0, ...(own !== undefined && { likeness: own }) };
    })
    .sort((a, b) => b.score - a.score || compare(a.document, b.document) || a.ordinal - b.ordinal)
    .slice(0, limit);
}

async function findNear(
  database: SqlDatabase,
  collection: string,
  { vector, filter, minLikeness = -1 }: VectorQuery,
  most: number,
  cache: VectorCache,
): Promise<readonly Near[]> {
  if (!vector) return [];
  const { space, values } = vector;
  const known = await queryBuilder<VectorTables>(database)
    .selectFrom('af_vector_sql_collections as l')
    .innerJoin('af_vector_sql_documents as d', 'd.collection', 'l.name')
    .select(['l.identity', 'l.revision', 'd.dimensions'])
    .where('l.name', '=', collection)
    .where('d.space', '=', space)
    .where('d.dimensions', '>', 0)
    .limit(1)
    .executeTakeFirst();
  if (!known) return [];
  const { identity, revision, dimensions } = known;
  if (dimensions !== values.length)
    throw vectorErrors.AF_VECTOR_DIMENSIONS({ collection, space, given: values.length, wanted: dimensions });
  const allowed = filter && (await keysAllowed(database, collection, filter));
  const nearest = new Nearest(most);
  const direction = unitVector(values);
  const which = { now: Date.now(), allowed, minLikeness };
  let looked = 0;
  for await (const block of cache.blocks(database, { identity, collection, space, dimensions, revision }))
    for (let from = 0; from < block.count; from += rowsAtOnce) {
      if (looked >= rowsAtOnce) {
        await nextTurn();
        looked = 0;
      }
      const to = Math.min(from + rowsAtOnce, block.count);
      nearest.look(block, direction, from, to, which);
      looked += to - from;
    }
  return nearest.sorted();
}

async function keysAllowed(
  database: SqlDatabase,
  collection: string,
  filter: VectorFilter,
): Promise<ReadonlySet<number>> {
  let asked = queryBuilder<VectorTables>(database)
    .selectFrom('af_vector_sql_chunks as c')
    .select('c.key')
    .where('c.collection', '=', collection);
  for (const condition of filterConditions(database.dialect, filter)) asked = asked.where(condition);
  return new Set((await asked.execute()).map(({ key }) => key));
}

/** Those that are still there and not over. */
async function readHits(
  database: SqlDatabase,
  collection: string,
  keys: readonly number[],
): Promise<readonly (Omit<VectorHit, 'score'> & { readonly key: number })[]> {
  if (keys.length === 0) return [];
  const rows = await queryBuilder<VectorTables>(database)
    .selectFrom('af_vector_sql_chunks as c')
    .innerJoin('af_vector_sql_documents as d', (join) =>
      join.onRef('d.collection', '=', 'c.collection').onRef('d.id', '=', 'c.document'),
    )
    .select(['c.key', 'c.document', 'c.ordinal', 'c.title', 'c.text', 'c.meta'])
    .where('c.collection', '=', collection)
    .where('c.key', 'in', keys)
    .where(isLive(nowOf(database), 'd.'))
    .execute();
  return rows.map((row) => ({ ...row, meta: JSON.parse(row.meta) as JsonObject })); // written from one
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
