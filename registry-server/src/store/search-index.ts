import type { SqlDatabase, Sql, SqlValue } from './sql.ts';

/** What is known of a package for searching. */
export interface SearchEntry {
  readonly package: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly restricted: boolean;
  readonly modified: string;
  /** Facet to values: `capability`, `category`, `permission`, `kernel`, `kind`, `scope`, `publisher`. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
  /** What a search gives back for it, as JSON. */
  readonly entry: string;
}

/** What is looked for. Values of one facet are alternatives; facets add up. */
export interface SearchQuery {
  /** Words; the last may be the beginning of one. Empty finds everything. */
  readonly text: string;
  readonly facets: Readonly<Record<string, readonly string[]>>;
  readonly from: number;
  readonly size: number;
  /** Whether restricted packages are found as well. */
  readonly restricted?: boolean;
}

/** What was found. */
export interface SearchResult {
  readonly total: number;
  readonly found: readonly { readonly entry: string; readonly score: number; readonly downloads: number }[];
}

/** How many packages of a result have each value of each facet. */
export type FacetCounts = Record<string, Record<string, number>>;

const mostWords = 12;

/** The words of a text, as the index splits them. */
function wordsOf(text: string): string[] {
  return (text.normalize('NFC').match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, mostWords);
}

/** Puts a package into the index, in place of what is there of it. Inside a write. */
export async function putSearchEntry(
  sql: Sql,
  dialect: SqlDatabase['dialect'],
  entry: SearchEntry,
): Promise<void> {
  const before = await sql.get<{ id: number }>('SELECT id FROM search_entries WHERE package = ?', [
    entry.package,
  ]);
  const shared: SqlValue[] = [entry.restricted ? 1 : 0, entry.modified, entry.entry];
  const words = [entry.package, entry.description, entry.keywords.join(' ')];
  const vector = `setweight(to_tsvector('simple', ?), 'A') || setweight(to_tsvector('simple', ?), 'C') || setweight(to_tsvector('simple', ?), 'B')`;
  const texts = dialect === 'postgres' ? words.map(onlyWords) : [];
  let id = before?.id ?? 0;
  if (before) {
    const extra = dialect === 'postgres' ? `, words = ${vector}` : '';
    await sql.run(`UPDATE search_entries SET restricted = ?, modified = ?, entry = ?${extra} WHERE id = ?`, [
      ...shared,
      ...texts,
      before.id,
    ]);
    await sql.run('DELETE FROM search_facets WHERE id = ?', [before.id]);
  } else {
    const extra = dialect === 'postgres' ? [', words', `, ${vector}`] : ['', ''];
    const made = await sql.get<{ id: number }>(
      `INSERT INTO search_entries (restricted, modified, entry, package, downloads${extra[0]})
       VALUES (?, ?, ?, ?, coalesce((SELECT downloads FROM packages WHERE name = ?), 0)${extra[1]}) RETURNING id`,
      [...shared, entry.package, entry.package, ...texts],
    );
    id = made?.id ?? 0;
  }
  const facets = Object.entries(entry.facets).flatMap(([facet, values]) =>
    [...new Set(values)].map((value) => [id, facet, value]),
  );
  if (facets.length > 0)
    await sql.run(
      `INSERT INTO search_facets (id, facet, value) VALUES ${facets.map(() => '(?, ?, ?)').join(', ')}`,
      facets.flat(),
    );
  if (dialect === 'postgres') return;
  if (before) await sql.run('DELETE FROM search_words WHERE rowid = ?', [id]);
  await sql.run('INSERT INTO search_words (rowid, name, description, keywords) VALUES (?, ?, ?, ?)', [
    id,
    ...words,
  ]);
}

/** The parser of PostgreSQL keeps some words together; ours are the same on both databases. */
function onlyWords(text: string): string {
  return (text.normalize('NFC').match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
}

/** Takes a package out of the index. Inside a write. */
export async function removeSearchEntry(
  sql: Sql,
  dialect: SqlDatabase['dialect'],
  name: string,
): Promise<void> {
  const before = await sql.get<{ id: number }>('SELECT id FROM search_entries WHERE package = ?', [name]);
  if (!before) return;
  if (dialect === 'sqlite') await sql.run('DELETE FROM search_words WHERE rowid = ?', [before.id]);
  await sql.run('DELETE FROM search_entries WHERE id = ?', [before.id]);
}

/** Finds packages: those whose words fit best and that are fetched most come first. */
export async function searchPackages(database: SqlDatabase, query: SearchQuery): Promise<SearchResult> {
  const { from, where, values, score } = matching(database.dialect, query);
  const found = await database.all<{ entry: string; score: number; downloads: number }>(
    `SELECT e.entry, ${score} AS score, e.downloads FROM ${from} WHERE ${where}
     ORDER BY score DESC, e.package LIMIT ? OFFSET ?`,
    [...values, query.size, query.from],
  );
  const isLastPage = found.length < query.size && (found.length > 0 || query.from === 0);
  if (isLastPage) return { total: query.from + found.length, found };
  const counted = await database.get<{ count: number }>(
    `SELECT count(*) AS count FROM ${from} WHERE ${where}`,
    values,
  );
  return { total: counted?.count ?? 0, found };
}

/** Counts the facets of everything that a query finds. */
export async function countFacets(
  database: SqlDatabase,
  query: SearchQuery,
  facets: readonly string[],
): Promise<FacetCounts> {
  const { from, where, values } = matching(database.dialect, query);
  const rows = await database.all<{ facet: string; value: string; count: number }>(
    `SELECT f.facet, f.value, count(*) AS count FROM search_facets f
     WHERE f.facet IN (${facets.map(() => '?').join(', ')}) AND f.id IN (SELECT e.id FROM ${from} WHERE ${where})
     GROUP BY f.facet, f.value ORDER BY count DESC, f.value LIMIT 500`,
    [...facets, ...values],
  );
  const counts: FacetCounts = {};
  for (const { facet, value, count } of rows) (counts[facet] ??= {})[value] = count;
  return counts;
}

/** All values of a facet. */
export async function facetValues(sql: Sql, facet: string): Promise<string[]> {
  const rows = await sql.all<{ value: string }>(
    'SELECT DISTINCT value FROM search_facets WHERE facet = ? ORDER BY value',
    [facet],
  );
  return rows.map(({ value }) => value);
}

function matching(
  dialect: SqlDatabase['dialect'],
  query: SearchQuery,
): { from: string; where: string; values: SqlValue[]; score: string } {
  const words = wordsOf(query.text);
  const wheres: string[] = query.restricted ? [] : ['e.restricted = 0'];
  const values: SqlValue[] = [];
  let from = 'search_entries e';
  let score = 'ln(CAST(1 + e.downloads AS DOUBLE PRECISION)) * 0.3';
  if (words.length > 0 && dialect === 'sqlite') {
    from = 'search_words w JOIN search_entries e ON e.id = w.rowid';
    wheres.push('search_words MATCH ?');
    values.push(words.map((word) => `"${word}"*`).join(' '));
    score += ' - bm25(search_words, 10.0, 3.0, 5.0)';
  } else if (words.length > 0) {
    from = `search_entries e, to_tsquery('simple', ?) q`;
    values.push(words.map((word) => `'${word}':*`).join(' & '));
    wheres.push('e.words @@ q');
    score += ' + 10 * ts_rank(e.words, q)';
  }
  for (const [facet, wanted] of Object.entries(query.facets)) {
    wheres.push(
      wanted.length === 0
        ? '1 = 0'
        : `e.id IN (SELECT id FROM search_facets WHERE facet = ? AND value IN (${wanted.map(() => '?').join(', ')}))`,
    );
    if (wanted.length > 0) values.push(facet, ...wanted);
  }
  return { from, where: wheres.join(' AND ') || '1 = 1', values, score };
}
