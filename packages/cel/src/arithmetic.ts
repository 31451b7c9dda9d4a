import { CelFailure, noOverload } from './cel-failure.ts';
import type { Frame } from './frame.ts';
import { limits } from './limits.ts';

/**
 * Numbers are JSON numbers. One that is whole and at most 2^53 - 1 counts as whole: a result of two such that is not
 * one any more fails, as CEL fails beyond 64 bits. With any other number among them, they calculate as doubles.
 */
function whole(a: number, b: number, result: number, sign: string): number {
  if (Number.isSafeInteger(result) || !Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return result;
  throw new CelFailure(`${a} ${sign} ${b} is beyond the whole numbers up to 2^53 - 1`, 'range');
}

export function add(frame: Frame, a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return whole(a, b, a + b, '+');
  if (typeof a === 'string' && typeof b === 'string') {
    checkText(a.length + b.length);
    frame.charge((a.length + b.length) >> 3);
    return a + b;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    checkItems(a.length + b.length);
    frame.charge(a.length + b.length);
    return [...(a as readonly unknown[]), ...(b as readonly unknown[])];
  }
  throw noOverload('"+"', a, b);
}

export function subtract(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return whole(a, b, a - b, '-');
  throw noOverload('"-"', a, b);
}

export function multiply(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return whole(a, b, a * b, '*');
  throw noOverload('"*"', a, b);
}

/** Division of whole numbers, towards zero. */
export function divideWhole(a: unknown, b: unknown): number {
  if (typeof a !== 'number' || typeof b !== 'number') throw noOverload('"/"', a, b);
  if (!Number.isInteger(a) || !Number.isInteger(b))
    throw new CelFailure(`${a} / ${b} is no division of whole numbers`);
  if (b === 0) throw new CelFailure('division by zero');
  return Math.trunc(a / b) + 0;
}

export function divide(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  throw noOverload('"/"', a, b);
}

export function remainder(a: unknown, b: unknown): number {
  if (typeof a !== 'number' || typeof b !== 'number') throw noOverload('"%"', a, b);
  if (!Number.isInteger(a) || !Number.isInteger(b))
    throw new CelFailure(`${a} % ${b} is no remainder of whole numbers`);
  if (b === 0) throw new CelFailure('remainder of a division by zero');
  return (a % b) + 0;
}

export function negate(a: unknown): number {
  if (typeof a === 'number') return -a;
  throw noOverload('"-"', a);
}

/** Fails when a text of that length would be too long. */
export function checkText(length: number): void {
  if (length > limits.text)
    throw new CelFailure(`it made a text of more than ${limits.text} characters`, 'limit');
}

/** Fails when a list or map of that size would be too large. */
export function checkItems(count: number): void {
  if (count > limits.items)
    throw new CelFailure(`it made a list of more than ${limits.items} items`, 'limit');
}
