import { storageErrors as errors, type SqlValue } from '@agent-factory/sdk/contracts';
import { excerpt } from './driver-errors.ts';

const largest = Number.MAX_SAFE_INTEGER;
const int64 = 2n ** 63n;

/** A parameter as it goes to the server. */
export type WireValue = string | Buffer | null;

/** Turns parameters into what the server reads; refuses what it cannot hold or would change on the way. */
export function toWire(params: readonly SqlValue[], sql: string): WireValue[] {
  const values: WireValue[] = [];
  for (let index = 0; index < params.length; index++) {
    const value: unknown = params[index];
    switch (typeof value) {
      case 'string':
        if (value.includes('\0')) break;
        values[index] = value;
        continue;
      case 'number':
        if (
          !(value >= -largest && value <= largest) &&
          !(Number.isFinite(value) && Math.abs(value) >= 2 ** 63)
        )
          break;
        values[index] = String(value);
        continue;
      case 'bigint':
        if (value < -int64 || value >= int64) break;
        values[index] = String(value);
        continue;
      default:
        if (value === null) {
          values[index] = null;
          continue;
        }
        if (!(value instanceof Uint8Array)) break;
        values[index] = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
        continue;
    }
    const [problem, mend] = explain(value);
    throw errors.AF_STORAGE_PARAMETER_INVALID({ position: index + 1, problem, mend, sql: excerpt(sql) });
  }
  return values;
}

function explain(value: unknown): readonly [problem: string, mend: string] {
  if (value === undefined) return ['undefined', 'Pass null for "no value".'];
  if (typeof value === 'boolean') return ['a boolean', 'Pass 0 or 1.'];
  if (value instanceof Date) return ['a Date', 'Pass milliseconds since the epoch: date.getTime().'];
  if (typeof value === 'bigint') return ['an integer of more than 64 bits', 'Pass it as text.'];
  if (typeof value === 'string')
    return ['a text with the character U+0000, which PostgreSQL cannot hold', 'Leave it out, or pass bytes.'];
  if (typeof value === 'number')
    return Number.isFinite(value)
      ? ['an integer beyond 2^53, where numbers are rounded', 'Pass it as bigint.']
      : [String(value), 'Pass a finite number, or null.'];
  return [Array.isArray(value) ? 'an array' : `of type ${typeof value}`, 'Pass JSON.stringify(value).'];
}

/** Reads one value of a column from the server's text. */
export type Decoder = (text: string) => SqlValue;

const asText: Decoder = (text) => text;

const asInteger: Decoder = (text) => {
  // Up to 15 digits are exact for sure, and most are.
  if (text.length <= 15) return Number(text);
  const exact = BigInt(text);
  return exact >= -largest && exact <= largest ? Number(exact) : exact;
};

const asNumeric: Decoder = (text) => {
  const [, integer] = /^(-?\d+)(?:\.0+)?$/.exec(text) ?? [];
  return integer === undefined ? Number(text) : asInteger(integer);
};

const decoders: ReadonlyMap<number, Decoder> = new Map<number, Decoder>([
  [16, (text) => (text === 't' ? 1 : 0)], // bool
  [17, (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))], // bytea
  [20, asInteger], // int8
  [21, Number], // int2
  [23, Number], // int4
  [26, Number], // oid
  [700, Number], // float4
  [701, Number], // float8
  [1700, asNumeric],
]);

/** How a column of the type with this number is read; what is not a number or bytes is text. */
export function decoderOf(type: number): Decoder {
  return decoders.get(type) ?? asText;
}
