import { sql, type RawBuilder, type SelectQueryBuilder, type SqlBool, type StringReference } from 'kysely';
import type { SqlValue } from '../contracts/storage.ts';
import { errors } from '../error-table.ts';
import { readCursor, writeCursor } from './keyset-cursor.ts';

/** One column of an order. */
export interface KeysetColumn<DB, TB extends keyof DB, Row> {
  readonly column: StringReference<DB, TB>;
  /** Default `asc`. */
  readonly direction?: 'asc' | 'desc';
  /** The field of a row that holds it. Default: the column's name, without its table. */
  readonly field?: keyof Row & string;
  /** Whether it may hold NULL; such rows come last, in both directions. Default false. */
  readonly nullable?: boolean;
}

/** Which page to read. */
export interface KeysetPageOptions<DB, TB extends keyof DB, Row> {
  /** The order. Together the columns must be unique, so the last is usually the id. */
  readonly by: readonly [KeysetColumn<DB, TB, Row>, ...KeysetColumn<DB, TB, Row>[]];
  /** Rows of a page, from 1 to `maxLimit`; another number is refused (AF_PAGE_INVALID). Default 50. */
  readonly limit?: number | undefined;
  /** Default 200. */
  readonly maxLimit?: number;
  /** `next` of the page before; AF_CURSOR_INVALID if it is not one, or one of another order. Default: the first page. */
  readonly after?: string | undefined;
  /**
   * A secret that seals cursors. Without one, a cursor that was damaged or belongs to another order is found out, but
   * somebody who knows the format could write one. It would show nothing that `query` does not admit.
   */
  readonly key?: string;
}

/** One page. */
export interface KeysetPage<Row> {
  readonly rows: readonly Row[];
  /** Cursor of the next page; not there after the last one. */
  readonly next?: string;
}

/**
 * Reads one page of a query by the place of its last row, so that page 1,000 costs what the first does, and rows that
 * come or go shift nothing. `query` has its selection and conditions, but no order and no limit; an index over its
 * filters and then the columns of `by` serves it. Directions may differ; if they are the same, it is one comparison.
 *
 * @example
 * ```ts
 * declare const storage: Storage;
 * declare const request: { cursor?: string; limit?: number };
 * const db = queryBuilder<{ af_notes_notes: { id: string; topic: string; created_at: number } }>(storage);
 * const { rows, next } = await keysetPage(
 *   db.selectFrom('af_notes_notes').select(['id', 'created_at']).where('topic', '=', 'moon'),
 *   {
 *     by: [{ column: 'created_at', direction: 'desc' }, { column: 'id', direction: 'desc' }],
 *     limit: request.limit,
 *     after: request.cursor,
 *   },
 * );
 * ```
 */
export async function keysetPage<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  options: KeysetPageOptions<DB, TB, Row>,
): Promise<KeysetPage<Row>> {
  const { limit = 50, maxLimit = 200, after, key = '' } = options;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > maxLimit) {
    const reason = `${limit} is no number of rows from 1 to ${maxLimit}`;
    throw errors.AF_PAGE_INVALID({ reason, mend: 'Ask for fewer rows, and for the next page after them.' });
  }
  const by = options.by.map(({ column, direction = 'asc', field, nullable = false }) => ({
    column: String(column),
    direction,
    field: field ?? fieldOf(String(column)),
    nullable,
  }));
  const order = JSON.stringify(by.map(({ column, direction, nullable }) => [column, direction, nullable]));
  const seal = { order, key };

  let paged = query;
  if (after !== undefined) paged = paged.where(beyond(by, readCursor(after, seal)));
  for (const { column, direction, nullable } of by) {
    const place = sql.ref(column);
    paged = paged.orderBy(place, (way) => {
      const directed = direction === 'asc' ? way.asc() : way.desc();
      return nullable ? directed.nullsLast() : directed;
    });
  }
  const found = await paged.limit(limit + 1).execute();
  if (found.length <= limit) return { rows: found };
  const rows = found.slice(0, limit);
  return { rows, next: writeCursor(placeOf(by, rows.at(-1)), seal) };
}

interface OrderColumn {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
  readonly field: string;
  readonly nullable: boolean;
}

function fieldOf(column: string): string {
  return column.slice(column.lastIndexOf('.') + 1);
}

/** The values that a row is ordered by. */
function placeOf(by: readonly OrderColumn[], row: unknown): readonly SqlValue[] {
  return by.map(({ column, field, nullable }) => {
    // Rows are objects of what columns hold; that this one was selected is checked here.
    const value = (row as Readonly<Record<string, SqlValue | undefined>>)[field];
    if (value === undefined) {
      const mend = `Select ${column}, or name its field.`;
      throw errors.AF_PAGE_INVALID({ reason: `rows have no field ${field} to go on from`, mend });
    }
    if (value === null && !nullable) {
      const mend = 'Say "nullable: true" for that column.';
      throw errors.AF_PAGE_INVALID({ reason: `${column}, which it is ordered by, holds NULL`, mend });
    }
    return value;
  });
}

/** What is true of the rows behind a place. */
function beyond(by: readonly OrderColumn[], values: readonly SqlValue[]): RawBuilder<SqlBool> {
  if (values.length !== by.length)
    throw errors.AF_CURSOR_INVALID({ reason: 'it has another number of columns' });
  const [first] = by;
  if (by.every(({ direction, nullable }) => direction === first?.direction && !nullable)) {
    const columns = sql.join(by.map(({ column }) => sql.ref(column)));
    const compare = sql.raw(first?.direction === 'desc' ? '<' : '>');
    return sql<SqlBool>`(${columns}) ${compare} (${sql.join(values)})`;
  }
  // (a behind) or (a same and b behind) or …; the bound on the first column alone lets an index begin there.
  const branches = by.flatMap((column, index) => {
    const behind = behindIn(column, values[index] ?? null);
    const same = by.slice(0, index).map((each, place) => sameIn(each, values[place] ?? null));
    return behind === undefined ? [] : [sql`(${sql.join([...same, behind], sql` and `)})`];
  });
  if (branches.length === 0) return sql<SqlBool>`1 = 0`;
  const either = sql<SqlBool>`(${sql.join(branches, sql` or `)})`;
  if (first === undefined || first.nullable) return either;
  const compare = sql.raw(first.direction === 'desc' ? '<=' : '>=');
  return sql<SqlBool>`(${sql.ref(first.column)} ${compare} ${values[0]} and ${either})`;
}

function behindIn(
  { column, direction, nullable }: OrderColumn,
  value: SqlValue,
): RawBuilder<unknown> | undefined {
  if (value === null) return undefined; // NULLs come last: nothing is behind them
  const compared = sql`${sql.ref(column)} ${sql.raw(direction === 'desc' ? '<' : '>')} ${value}`;
  return nullable ? sql`(${compared} or ${sql.ref(column)} is null)` : compared;
}

function sameIn({ column }: OrderColumn, value: SqlValue): RawBuilder<unknown> {
  return value === null ? sql`${sql.ref(column)} is null` : sql`${sql.ref(column)} = ${value}`;
}
