import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SqlValue } from '../contracts/storage.ts';
import { errors } from '../error-table.ts';

const macBytes = 16;
const longest = 4096;

/** What a cursor is bound to. */
export interface CursorSeal {
  /** The order it belongs to, as text. */
  readonly order: string;
  /** Key of the seal; empty for a check against damage alone. */
  readonly key: string;
}

/** A place in an order as an opaque text of letters, digits, `-` and `_`. */
export function writeCursor(values: readonly SqlValue[], seal: CursorSeal): string {
  const payload = Buffer.from(JSON.stringify(values.map(tagged)));
  const cursor = Buffer.concat([macOf(payload, seal), payload]).toString('base64url');
  if (cursor.length > longest) {
    const mend = 'Order by short columns, such as times and ids.';
    throw errors.AF_PAGE_INVALID({ reason: 'the columns it is ordered by are too long for a cursor', mend });
  }
  return cursor;
}

/** The values of a cursor; AF_CURSOR_INVALID unless {@link writeCursor} wrote it with the same seal. */
export function readCursor(cursor: string, seal: CursorSeal): readonly SqlValue[] {
  if (cursor.length > longest || !/^[\w-]+$/.test(cursor))
    throw errors.AF_CURSOR_INVALID({ reason: 'it is no cursor' });
  const bytes = Buffer.from(cursor, 'base64url');
  const mac = bytes.subarray(0, macBytes);
  const payload = bytes.subarray(macBytes);
  if (bytes.toString('base64url') !== cursor || mac.length < macBytes)
    throw errors.AF_CURSOR_INVALID({ reason: 'it is no cursor' });
  if (!timingSafeEqual(mac, macOf(payload, seal)))
    throw errors.AF_CURSOR_INVALID({ reason: 'it was changed, or belongs to another list' });
  const values = JSON.parse(payload.toString()) as readonly Tagged[]; // sealed by writeCursor
  return values.map(untagged);
}

type Tagged = string | number | null | { readonly int: string } | { readonly bytes: string };

function tagged(value: SqlValue): Tagged {
  if (typeof value === 'bigint') return { int: String(value) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  return value;
}

function untagged(value: Tagged): SqlValue {
  if (value === null || typeof value !== 'object') return value;
  return 'int' in value ? BigInt(value.int) : Buffer.from(value.bytes, 'base64');
}

function macOf(payload: Buffer, { order, key }: CursorSeal): Buffer {
  return createHmac('sha256', key).update(order).update('\0').update(payload).digest().subarray(0, macBytes);
}
