import type { SqlValue } from '@agent-factory/sdk/contracts';
import { excerpt } from './driver-errors.ts';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';

const largest = Number.MAX_SAFE_INTEGER;
const int64 = 2n ** 63n;

/** Refuses what SQLite cannot hold, or would change on the way: booleans, dates, rounded integers, NaN. */
export function checkParams(params: readonly SqlValue[], sql: string): void {
  for (let index = 0; index < params.length; index++) {
    const value: unknown = params[index];
    switch (typeof value) {
      case 'string':
        continue;
      case 'number':
        if (value >= -largest && value <= largest) continue;
        if (Number.isFinite(value) && Math.abs(value) >= 2 ** 63) continue; // a real number, no integer column
        break;
      case 'bigint':
        if (value >= -int64 && value < int64) continue;
        break;
      default:
        if (value === null || value instanceof Uint8Array) continue;
    }
    const [problem, mend] = explain(value);
    throw errors.AF_STORAGE_PARAMETER_INVALID({ position: index + 1, problem, mend, sql: excerpt(sql) });
  }
}

function explain(value: unknown): readonly [problem: string, mend: string] {
  if (value === undefined) return ['undefined', 'Pass null for "no value".'];
  if (typeof value === 'boolean') return ['a boolean', 'Pass 0 or 1.'];
  if (value instanceof Date) return ['a Date', 'Pass milliseconds since the epoch: date.getTime().'];
  if (typeof value === 'bigint') return ['an integer of more than 64 bits', 'Pass it as text.'];
  if (typeof value === 'number')
    return Number.isFinite(value)
      ? ['an integer beyond 2^53, where numbers are rounded', 'Pass it as bigint.']
      : [String(value), 'Pass a finite number, or null.'];
  return [Array.isArray(value) ? 'an array' : `of type ${typeof value}`, 'Pass JSON.stringify(value).'];
}

/** Whether a row holds a number that the driver may have rounded. */
export function holdsRounded(rows: readonly object[]): boolean {
  for (const row of rows as readonly Readonly<Record<string, unknown>>[]) {
    for (const column in row) {
      const value = row[column];
      if (typeof value === 'number' && (value > largest || value < -largest)) return true;
    }
  }
  return false;
}

/** Turns the bigints of exactly read rows into numbers where nothing is lost; in place. */
export function narrow(rows: readonly object[]): void {
  for (const row of rows as readonly Record<string, unknown>[]) {
    for (const column in row) {
      const value = row[column];
      if (typeof value === 'bigint' && value >= -largest && value <= largest) row[column] = Number(value);
    }
  }
}
