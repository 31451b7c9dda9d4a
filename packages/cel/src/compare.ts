import { checkLevel } from './check-json.ts';
import { noOverload } from './cel-failure.ts';
import type { Frame } from './frame.ts';

/** Below, equal or above zero, as `a` is below, equal to or above `b`; not a number where neither holds. */
export function order(frame: Frame, a: unknown, b: unknown, sign: string): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
  if (typeof a === 'string' && typeof b === 'string') {
    frame.charge(Math.min(a.length, b.length) >> 3);
    return orderTexts(a, b);
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  throw noOverload(`"${sign}"`, a, b);
}

/** By code points; UTF-16 puts some of them in another order. */
function orderTexts(a: string, b: string): number {
  if (a === b) return 0;
  const below = a < b ? -1 : 1;
  if (a.isWellFormed() && b.isWellFormed() && !/[\ud800-\udfff]/.test(a) && !/[\ud800-\udfff]/.test(b))
    return below;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.codePointAt(at) ?? 0;
    const right = b.codePointAt(at) ?? 0;
    if (left !== right) return left - right;
  }
  return below;
}

/** Whether two values are equal, all the way down. Values of different kinds are not. */
export function equal(frame: Frame, a: unknown, b: unknown, level = 0): boolean {
  if (a === b) {
    if (typeof a === 'string') frame.charge(a.length >> 3);
    return typeof a === 'object' && a !== null ? equalWithin(frame, a, b, level) : true;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return equalWithin(frame, a, b, level);
}

/** Also for one value with itself: NaN within it is not equal to itself. */
function equalWithin(frame: Frame, a: unknown, b: unknown, level: number): boolean {
  frame.charge(1);
  checkLevel(level);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    frame.charge(a.length);
    return a.every((item, at) => equal(frame, item, b[at], level + 1));
  }
  const left = a as Readonly<Record<string, unknown>>; // neither null, nor a list, nor a scalar: see the caller
  const right = b as Readonly<Record<string, unknown>>; // as above
  const keys = Object.keys(left);
  frame.charge(keys.length);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && equal(frame, left[key], right[key], level + 1));
}
