import { CelFailure, noOverload } from './cel-failure.ts';
import { checkText } from './arithmetic.ts';
import type { Frame } from './frame.ts';

/** `int(x)`: a double loses what is behind its point, a text is read. */
export function toInt(_: Frame, value: unknown): number {
  if (typeof value === 'number') {
    const whole = Math.trunc(value) + 0;
    if (Number.isSafeInteger(whole)) return whole;
    throw new CelFailure(`${value} is beyond the whole numbers up to 2^53 - 1`, 'range');
  }
  if (typeof value !== 'string') throw noOverload('int()', value);
  if (!/^[+-]?\d{1,19}$/.test(value)) throw new CelFailure(`int() cannot read ${shown(value)}`);
  const read = Number(value) + 0;
  if (Number.isSafeInteger(read)) return read;
  throw new CelFailure(`${value} is beyond the whole numbers up to 2^53 - 1`, 'range');
}

/** `double(x)`. */
export function toDouble(_: Frame, value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') throw noOverload('double()', value);
  const word = { inf: Infinity, infinity: Infinity, nan: NaN }[value.toLowerCase().replace(/^[+-]/, '')];
  if (word !== undefined) return value.startsWith('-') ? -word : word;
  if (value.length <= 400 && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) return Number(value);
  throw new CelFailure(`double() cannot read ${shown(value)}`);
}

/** `string(x)`. */
export function toText(_: Frame, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') throw noOverload('string()', value);
  if (Number.isFinite(value)) return textOfNumber(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** As CEL in Go writes numbers: with an exponent from 1e21 and below 1e-4, of at least two digits. */
function textOfNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  const plain = size !== 0 && size < 1e-4 ? value.toExponential() : String(value);
  return plain.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** `bool(x)`: the words CEL knows, and no others. */
export function toBoolean(_: Frame, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') throw noOverload('bool()', value);
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw new CelFailure(`bool() cannot read ${shown(value)}`);
}

function shown(value: string): string {
  checkText(0);
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}
