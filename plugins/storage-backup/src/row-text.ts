import type { SqlValue, TransferRow } from '@agent-factory/sdk/contracts';

/** A value as it stands in an archive: what JSON lacks is wrapped. */
type WrittenValue =
  | string
  | number
  | null
  | { readonly int: string }
  | { readonly real: string }
  | { readonly bytes: string };

/** A row as text, the same whatever engine it comes from. */
export function rowText(row: TransferRow): string {
  return JSON.stringify(row.map(toWritten));
}

/** The row that {@link rowText} was made from. Throws where the text is none. */
export function parseRow(text: string): TransferRow {
  const values: unknown = JSON.parse(text);
  if (!Array.isArray(values)) throw new Error('a row is no list');
  return values.map(fromWritten);
}

function toWritten(value: SqlValue): WrittenValue {
  if (typeof value === 'bigint') return { int: String(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { real: String(value) };
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value;
}

function fromWritten(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'object') {
    if ('int' in value && typeof value.int === 'string') return BigInt(value.int);
    if ('real' in value && typeof value.real === 'string') return Number(value.real);
    if ('bytes' in value && typeof value.bytes === 'string')
      return new Uint8Array(Buffer.from(value.bytes, 'base64'));
  }
  throw new Error('a value of a row is none');
}
