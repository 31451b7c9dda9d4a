import type { SqlValue } from '../contracts/storage.ts';
import { errors } from '../error-table.ts';
import { isAgentFactoryError, type AgentFactoryError } from '../errors.ts';
import type { Json } from '../json.ts';

/** How values of one kind are kept in a column, the same on every engine. */
export interface ColumnCodec<Value, Stored extends SqlValue = SqlValue> {
  /** What to store. Throws AF_COLUMN_INVALID for what the column cannot hold. */
  encode(value: Value): Stored;
  /** What was stored. Throws AF_COLUMN_INVALID for what {@link encode} never wrote. */
  decode(stored: SqlValue): Value;
}

/** JSON in a TEXT column. `T` is what the caller knows to be in it. */
export function jsonColumn<T extends Json = Json>(): ColumnCodec<T, string> {
  return {
    encode(value) {
      const text: string | undefined = JSON.stringify(value); // its type hides that some values have none
      if (text === undefined) throw invalid('JSON', value);
      return text;
    },
    decode(stored) {
      if (typeof stored !== 'string') throw invalid('JSON', stored);
      try {
        return JSON.parse(stored) as T; // the writer's promise
      } catch {
        throw invalid('JSON', stored);
      }
    },
  };
}

/** True and false as 1 and 0 in a BIGINT or INTEGER column. */
export const booleanColumn: ColumnCodec<boolean, number> = {
  encode(value) {
    if (typeof value !== 'boolean') throw invalid('true or false', value);
    return value ? 1 : 0;
  },
  decode(stored) {
    if (stored !== 0 && stored !== 1) throw invalid('0 or 1', stored);
    return stored === 1;
  },
};

/** A moment as milliseconds since the epoch in a BIGINT column. */
export const epochColumn: ColumnCodec<Date, number> = {
  encode(value) {
    const ms = value instanceof Date ? value.getTime() : NaN;
    if (Number.isNaN(ms)) throw invalid('a moment', value);
    return ms;
  },
  decode(stored) {
    const moment = new Date(typeof stored === 'number' ? stored : NaN);
    if (Number.isNaN(moment.getTime())) throw invalid('milliseconds since the epoch', stored);
    return moment;
  },
};

const decimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * A decimal number of any length as text in a TEXT column, never rounded: `'-12.50'`. Such columns can be compared for
 * being equal, but not ordered or summed by the engine; for that, keep whole numbers of the smallest unit.
 */
export const decimalColumn: ColumnCodec<string, string> = { encode: decimalText, decode: decimalText };

function decimalText(value: SqlValue): string {
  if (typeof value !== 'string' || !decimal.test(value)) throw invalid('a decimal number', value);
  return value;
}

/** The codec for a column that may also hold NULL. */
export function nullableColumn<Value, Stored extends SqlValue>(
  codec: ColumnCodec<Value, Stored>,
): ColumnCodec<Value | null, Stored | null> {
  return {
    encode: (value) => (value === null ? null : codec.encode(value)),
    decode: (stored) => (stored === null ? null : codec.decode(stored)),
  };
}

/** Codecs by the names of columns. */
export type ColumnCodecs = {
  readonly [column: string]: { encode(value: never): SqlValue; decode(stored: SqlValue): unknown };
};

/** A row whose columns with a codec hold what was encoded. */
export type DecodedRow<Row, Codecs extends ColumnCodecs> = {
  readonly [Column in keyof Row]: Column extends keyof Codecs
    ? ReturnType<Codecs[Column]['decode']>
    : Row[Column];
};

/**
 * Decodes the columns of a row that have a codec; the others stay. AF_COLUMN_INVALID names the column.
 *
 * @example
 * ```ts
 * interface Tables {
 *   af_notes_notes: { id: string; done: number; at: number; meta: string };
 * }
 * const codecs = { done: booleanColumn, at: epochColumn, meta: jsonColumn<{ readonly author: string }>() };
 * declare const storage: Storage;
 * const db = queryBuilder<Tables>(storage);
 * const values = encodeColumns(codecs, { done: true, at: new Date(0), meta: { author: 'Ada' } });
 * await db.insertInto('af_notes_notes').values({ id: 'a', ...values }).execute();
 * const rows = await db.selectFrom('af_notes_notes').selectAll().execute();
 * const notes = rows.map((row) => decodeRow(codecs, row));
 * const author: string | undefined = notes[0]?.meta.author;
 * ```
 */
export function decodeRow<Row extends object, const Codecs extends ColumnCodecs>(
  codecs: Codecs,
  row: Row,
): DecodedRow<Row, Codecs> {
  const decoded: Record<string, unknown> = Object.assign<Record<string, unknown>, Row>({}, row);
  for (const [column, codec] of Object.entries(codecs)) {
    // What a row holds is a SqlValue.
    if (column in decoded) decoded[column] = naming(column, () => codec.decode(decoded[column] as SqlValue));
  }
  return decoded as DecodedRow<Row, Codecs>; // column by column, as the type says
}

/** What to store for values, by the codecs of their columns. AF_COLUMN_INVALID names the column. */
export function encodeColumns<const Codecs extends ColumnCodecs>(
  codecs: Codecs,
  values: { readonly [Column in keyof Codecs]: Parameters<Codecs[Column]['encode']>[0] },
): { [Column in keyof Codecs]: ReturnType<Codecs[Column]['encode']> } {
  const stored: Record<string, SqlValue> = {};
  for (const [column, codec] of Object.entries(codecs))
    // The type of `values` pairs each codec with what it takes.
    stored[column] = naming(column, () => codec.encode(values[column] as never));
  return stored as { [Column in keyof Codecs]: ReturnType<Codecs[Column]['encode']> }; // one for each codec
}

function naming<T>(column: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_COLUMN_INVALID')) throw error;
    const { found, needed } = error.details;
    throw errors.AF_COLUMN_INVALID({
      column: `column ${column}`,
      found: String(found),
      needed: String(needed),
    });
  }
}

function invalid(needed: string, value: unknown): AgentFactoryError {
  const found = value === null ? 'null' : value instanceof Date ? 'no valid date' : `another ${typeof value}`;
  return errors.AF_COLUMN_INVALID({ column: 'a column', found, needed });
}
