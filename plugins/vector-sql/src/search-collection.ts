import type { JsonObject } from '@agent-factory/sdk';
import type { SqlDatabase, VectorHit, VectorQuery } from '@agent-factory/sdk/contracts';
import { isLive, nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { findNear, type SearchContext } from './find-near.ts';
import { findWords } from './find-words.ts';
import { fuseRanks } from './fuse-ranks.ts';
import type { VectorTables } from './vector-tables.ts';

/** Candidates of each way of looking, for each chunk that is asked for. */
const candidatesPerHit = 4;
const leastCandidates = 50;

/** Searches one collection of a tenant. */
export async function searchCollection(
  database: SqlDatabase,
  collection: string,
  query: VectorQuery,
  context: SearchContext,
): Promise<readonly VectorHit[]> {
  const { text, vector, limit, filter = {} } = query;
  const isHybrid = text !== undefined && vector !== undefined;
  const most = isHybrid ? Math.max(leastCandidates, limit * candidatesPerHit) : limit;
  const near = vector ? await findNear(database, collection, query, most, context) : [];
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
