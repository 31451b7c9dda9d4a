import { sql, type Expression, type RawBuilder } from 'kysely';
import type { SqlDialect } from '../contracts/storage.ts';
import { errors } from '../error-table.ts';

/** The way to a value inside a JSON document: names of members, and places in lists from 0. */
export type JsonPath = readonly (string | number)[];

/**
 * What lies at `path` of a column that holds JSON as text, as text on every engine: a string without quotes, anything
 * else as JSON; null where there is nothing or JSON's null. The column must hold JSON without spaces, as
 * `JSON.stringify` writes it. Throws AF_SQL_PATH_INVALID for a name with a quote, backslash or control character, and
 * for an empty path. The query fails with AF_STORAGE_STATEMENT_INVALID where a row holds no JSON, and on PostgreSQL also
 * where its JSON holds the character U+0000.
 *
 * @example
 * ```ts
 * declare const storage: Storage;
 * const db = queryBuilder<{ af_notes_notes: { id: string; meta: string } }>(storage);
 * await db
 *   .selectFrom('af_notes_notes')
 *   .select((eb) => ['id', jsonText(storage.dialect, eb.ref('meta'), ['author', 'name']).as('author')])
 *   .where((eb) => eb(jsonText(storage.dialect, eb.ref('meta'), ['tags', 0]), '=', 'urgent'))
 *   .execute();
 * ```
 */
export function jsonText(
  dialect: SqlDialect,
  column: Expression<unknown>,
  path: JsonPath,
): RawBuilder<string | null> {
  const way = sql.lit(pathText(dialect, path));
  if (dialect === 'postgres') return sql<string | null>`(${column}::json #>> ${way})`;
  return sql<
    string | null
  >`(CASE json_type(${column}, ${way}) WHEN 'text' THEN ${column} ->> ${way} WHEN 'null' THEN NULL ELSE ${column} -> ${way} END)`;
}

/**
 * The number at `path` of a column that holds JSON as text; null where there is no number. Integers beyond 2^53 are
 * rounded. Throws as {@link jsonText} does.
 */
export function jsonNumber(
  dialect: SqlDialect,
  column: Expression<unknown>,
  path: JsonPath,
): RawBuilder<number | null> {
  const way = sql.lit(pathText(dialect, path));
  if (dialect === 'postgres')
    return sql<
      number | null
    >`(CASE WHEN json_typeof(${column}::json #> ${way}) = 'number' THEN (${column}::json #>> ${way})::double precision END)`;
  return sql<
    number | null
  >`(CASE WHEN json_type(${column}, ${way}) IN ('integer', 'real') THEN json_extract(${column}, ${way}) END)`;
}

function pathText(dialect: SqlDialect, path: JsonPath): string {
  if (path.length === 0) throw errors.AF_SQL_PATH_INVALID({ part: '', reason: 'the path is empty' });
  for (const part of path) {
    const fits =
      typeof part === 'number' ? Number.isSafeInteger(part) && part >= 0 : !/["\\\p{Cc}]/u.test(part);
    const reason =
      typeof part === 'number' ? 'a place is a whole number from 0' : 'a name has no quotes or backslashes';
    if (!fits) throw errors.AF_SQL_PATH_INVALID({ part, reason });
  }
  if (dialect === 'postgres') return `{${path.map((part) => `"${part}"`).join(',')}}`;
  return `$${path.map((part) => (typeof part === 'number' ? `[${part}]` : `."${part}"`)).join('')}`;
}
