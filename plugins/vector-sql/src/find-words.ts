import { searchWords, type SqlDatabase, type VectorFilter } from '@agent-factory/sdk/contracts';
import { isLive, nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { filterConditions } from './filter-chunks.ts';
import type { VectorTables } from './vector-tables.ts';

/** The longest word PostgreSQL can hold, with room for what stemming adds. */
const longestWord = 500;
/** A word in a title counts as much as this many in the text. */
const titleWeight = 4;

/** Keys of chunks with any of the words of a text, those with the most telling ones first. */
export async function findWords(
  database: SqlDatabase,
  collection: string,
  text: string,
  filter: VectorFilter,
  limit: number,
): Promise<readonly number[]> {
  const { dialect } = database;
  const isSqlite = dialect === 'sqlite';
  const words = searchWords(isSqlite ? text.toWellFormed() : folded(text), longestWord);
  if (words.length === 0) return [];
  const match = words.map((word) => (isSqlite ? `"${word}"` : `'${word}'`)).join(isSqlite ? ' OR ' : ' | ');
  const asked = sql`to_tsquery('pg_catalog.english', ${match})`;
  const from = isSqlite
    ? sql`af_vector_sql_words JOIN af_vector_sql_chunks c ON c.key = af_vector_sql_words.rowid`
    : sql`af_vector_sql_chunks c`;
  const matches = isSqlite ? sql`af_vector_sql_words MATCH ${match}` : sql`c.words @@ ${asked}`;
  const worse = isSqlite
    ? sql`bm25(af_vector_sql_words, ${sql.lit(titleWeight)}, 1)`
    : sql`-ts_rank(ARRAY[0.25, 0.25, 0.25, 1.0]::real[], c.words, ${asked}, 1)`;
  const conditions = [
    matches,
    sql`c.collection = ${collection}`,
    isLive(nowOf(database), 'd.'),
    ...filterConditions(dialect, filter),
  ];
  const { rows } = await sql<{ key: number }>`
    SELECT c.key AS key FROM ${from}
    JOIN af_vector_sql_documents d ON d.collection = c.collection AND d.id = c.document
    WHERE ${sql.join(conditions, sql` AND `)}
    ORDER BY ${worse}, c.document, c.ordinal LIMIT ${sql.lit(limit)}`.execute(
    queryBuilder<VectorTables>(database),
  );
  return rows.map(({ key }) => key);
}

/** Without the accents that the index on PostgreSQL does without; FTS5 does that to queries by itself. */
function folded(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '');
}
