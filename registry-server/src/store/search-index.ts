import type { SqlDatabase, Sql, SqlValue } from './sql.ts';

/** What is known of a package for searching. */
export interface SearchEntry {
  readonly package: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly restricted: boolean;
  /** Facet to values: `capability`, `category`, `permission`, `kernel`, `kind`, `scope`, `publisher`. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
  /** What a search gives back for it, as JSON. */
  readonly entry: string;
}

/** What is looked for. Values of one facet are alternatives; facets add up. */
export interface SearchQuery {
  /** Words, or how they begin. Empty finds everything. */
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
  const restricted = entry.restricted ? 1 : 0;
  const words = [entry.package, entry.description, entry.keywords.join(' ')];
  const vector = `setweight(to_tsvector('simple', ?), 'A') || setweight(to_tsvector('simple', ?), 'C') || setweight(to_tsvector('simple', ?), 'B')`;
  const texts = dialect === 'postgres' ? words.map(onlyWords) : [];
  let id = before?.id ?? 0;
  if (before) {
    const extra = dialect === 'postgres' ? `, words = ${vector}` : '';
    await sql.run(`UPDATE search_entries SET restricted = ?${extra} WHERE id = ?`, [
      restricted,
      ...texts,
      id,
    ]);
    await sql.run('UPDATE search_answers SET entry = ? WHERE id = ?', [entry.entry, id]);
    await sql.run('DELETE FROM search_facets WHERE id = ?', [id]);
  } else {
    const extra = dialect === 'postgres' ? [', words', `, ${vector}`] : ['', ''];
    const [made] = await sql.all<{ id: number }>(
      `INSERT INTO search_entries (restricted, package, downloads${extra[0]})
       VALUES (?, ?, coalesce((SELECT downloads FROM packages WHERE name = ?), 0)${extra[1]}) RETURNING id`,
      [restricted, entry.package, entry.package, ...texts],
    );
    if (!made) throw new Error('INSERT ... RETURNING gave no row.');
    id = made.id;
    await sql.run('INSERT INTO search_answers (id, entry) VALUES (?, ?)', [id, entry.entry]);
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
  const { ranked, score, visible, counted, where, values } = matching(database.dialect, query);
  const found = await database.all<{ entry: string; score: number; downloads: number }>(
    `SELECT a.entry, best.score, best.downloads FROM (
       SELECT e.id, e.package, e.downloads, ${score} AS score FROM ${ranked}
       WHERE ${[...where, ...visible].join(' AND ') || '1 = 1'}
       ORDER BY score DESC, e.package LIMIT ? OFFSET ?
     ) AS best JOIN search_answers a ON a.id = best.id ORDER BY best.score DESC, best.package`,
    [...values, query.size, query.from],
  );
  const isLastPage = found.length < query.size && (found.length > 0 || query.from === 0);
  if (isLastPage) return { total: query.from + found.length, found };
  const total = await database.get<{ count: number }>(`SELECT count(*) AS count FROM ${counted}`, values);
  return { total: total?.count ?? 0, found };
}

/** Counts the facets of everything that a query finds. */
export async function countFacets(
  database: SqlDatabase,
  query: SearchQuery,
  facets: readonly string[],
): Promise<FacetCounts> {
  const { id, counted, values } = matching(database.dialect, query);
  const rows = await database.all<{ facet: string; value: string; count: number }>(
    `SELECT f.facet, f.value, count(*) AS count FROM search_facets f
     WHERE f.facet IN (${facets.map(() => '?').join(', ')}) AND f.id IN (SELECT ${id} FROM ${counted})
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

/** What of SQL finds, ranks and counts what a query asks for. */
interface Matching {
  /** Column with the id of what is found, where it is counted. */
  readonly id: string;
  /** Tables and conditions that find everything; where words are asked for, SQLite's index of words is enough. */
  readonly counted: string;
  /** Tables that find everything together with what ranks it, as `e`. */
  readonly ranked: string;
  readonly score: string;
  /** Conditions for what is ranked; they take `values` in their order. */
  readonly where: readonly string[];
  /** The condition that leaves out what is restricted, on `e`. */
  readonly visible: readonly string[];
  readonly values: readonly SqlValue[];
}

function matching(dialect: SqlDatabase['dialect'], query: SearchQuery): Matching {
  const words = wordsOf(query.text);
  const where: string[] = [];
  const values: SqlValue[] = [];
  let [id, found, ranked] = ['e.id', 'search_entries e', 'search_entries e'];
  let score = 'ln(CAST(1 + e.downloads AS DOUBLE PRECISION)) * 0.3';
  if (words.length > 0 && dialect === 'sqlite') {
    [id, found, ranked] = [
      'w.rowid',
      'search_words w',
      'search_words w JOIN search_entries e ON e.id = w.rowid',
    ];
    where.push('search_words MATCH ?');
    values.push(words.map((word) => `"${word}"*`).join(' '));
    score += ' - bm25(search_words, 10.0, 3.0, 5.0)';
  } else if (words.length > 0) {
    found = ranked = `search_entries e, to_tsquery('simple', ?) q`;
    values.push(words.map((word) => `'${word}':*`).join(' & '));
    where.push('e.words @@ q');
    score += ' + 10 * ts_rank(e.words, q)';
  }
  for (const [facet, wanted] of Object.entries(query.facets)) {
    where.push(
      wanted.length === 0
        ? '1 = 0'
        : `${id} IN (SELECT id FROM search_facets WHERE facet = ? AND value IN (${wanted.map(() => '?').join(', ')}))`,
    );
    if (wanted.length > 0) values.push(facet, ...wanted);
  }
  const visible = query.restricted ? [] : ['e.restricted = 0'];
  // Few are restricted, so that it is quicker to know them all than to look at each row that is found.
  const shown = query.restricted ? [] : [`${id} NOT IN (SELECT id FROM search_entries WHERE restricted = 1)`];
  const counted = `${found} WHERE ${[...where, ...shown].join(' AND ') || '1 = 1'}`;
  return { id, counted, ranked, score, where, visible, values };
}
