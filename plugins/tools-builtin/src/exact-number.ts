/** A fraction in lowest terms, `d` above zero; integers have `d` 1n. */
export interface Exact {
  readonly n: bigint;
  readonly d: bigint;
}

/** What a step of a calculation gives: exact while it stays small, else floating point. */
export type Value = Exact | number;

/** Numerators and denominators may have this many bits before a calculation goes on in floating point. */
const maxBits = 4096;

/** The value of a literal: `12`, `3.50`, `1e6`. */
export function parseNumber(text: string): Value {
  const match = /^(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
  const digits = `${match?.[1] ?? ''}${match?.[2] ?? ''}`;
  const shift = Number(match?.[3] ?? 0) - (match?.[2] ?? '').length;
  if (digits === '' || digits.length + Math.abs(shift) > 1000) return Number(text);
  const n = BigInt(digits);
  return shift >= 0 ? exact(n * 10n ** BigInt(shift)) : fraction(n, 10n ** BigInt(-shift));
}

/** The integer `n`. */
export function exact(n: bigint): Exact {
  return { n, d: 1n };
}

export function isExact(value: Value): value is Exact {
  return typeof value === 'object';
}

export function toNumber(value: Value): number {
  if (!isExact(value)) return value;
  const direct = Number(value.n) / Number(value.d);
  if (isSmall(value.n) && isSmall(value.d)) return direct;
  // Both sides are brought down together, so that neither overflows.
  const excess = BigInt(Math.max(0, Math.min(bits(value.n), bits(value.d)) - 900));
  return Number(value.n >> excess) / Number(value.d >> excess);
}

/** A floating-point result that is a whole number becomes exact again. */
export function settle(value: number): Value {
  return Number.isSafeInteger(value) ? exact(BigInt(value)) : value;
}

export function add(a: Value, b: Value): Value {
  if (isExact(a) && isExact(b)) return fraction(a.n * b.d + b.n * a.d, a.d * b.d);
  const [x, y] = [toNumber(a), toNumber(b)];
  const sum = x + y;
  // What remains when nearly equal numbers cancel out is rounding noise.
  return Math.abs(sum) < 2 ** -49 * Math.max(Math.abs(x), Math.abs(y)) ? 0 : sum;
}

export function negate(a: Value): Value {
  return isExact(a) ? { n: -a.n, d: a.d } : -a;
}

export function multiply(a: Value, b: Value): Value {
  return isExact(a) && isExact(b) ? fraction(a.n * b.n, a.d * b.d) : toNumber(a) * toNumber(b);
}

/** `b` must not be zero. */
export function divide(a: Value, b: Value): Value {
  return isExact(a) && isExact(b) ? fraction(a.n * b.d, a.d * b.n) : toNumber(a) / toNumber(b);
}

/** What a division leaves; it has the sign of `a`. `b` must not be zero. */
export function remainder(a: Value, b: Value): Value {
  if (!isExact(a) || !isExact(b)) return toNumber(a) % toNumber(b);
  return fraction((a.n * b.d) % (b.n * a.d), a.d * b.d);
}

/** `base` to the power of `exponent`; not a number when the result is not real. */
export function power(base: Value, exponent: Value): Value {
  if (isExact(base) && isExact(exponent) && exponent.d === 1n) {
    const size = exponent.n < 0n ? -exponent.n : exponent.n;
    if (size * BigInt(Math.max(bits(base.n), bits(base.d))) <= BigInt(maxBits)) {
      const [n, d] = [base.n ** size, base.d ** size];
      return exponent.n < 0n ? fraction(d, n) : { n, d };
    }
  }
  return settle(toNumber(base) ** toNumber(exponent));
}

/** Rounds to a whole number; `nearest` takes halves away from zero. */
export function roundTo(value: Value, mode: 'floor' | 'ceil' | 'nearest'): Value {
  if (!isExact(value)) {
    if (mode === 'nearest') return settle(Math.sign(value) * Math.round(Math.abs(value)));
    return settle(mode === 'floor' ? Math.floor(value) : Math.ceil(value));
  }
  const { n, d } = value;
  if (mode === 'floor') return exact(floorDivide(n, d));
  if (mode === 'ceil') return exact(-floorDivide(-n, d));
  const half = floorDivide(2n * (n < 0n ? -n : n) + d, 2n * d);
  return exact(n < 0n ? -half : half);
}

/** Below zero, zero or above, as `a` is less than, equal to or more than `b`. */
export function compare(a: Value, b: Value): number {
  if (!isExact(a) || !isExact(b)) return toNumber(a) - toNumber(b);
  const difference = a.n * b.d - b.n * a.d;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/**
 * The value as JSON: a number, or the digits as text for integers beyond 2^53. Decimals that end are given
 * whole; everything else is rounded to 12 significant digits.
 */
export function toResult(value: Value): number | string {
  if (isExact(value)) {
    if (value.d === 1n) return isSmall(value.n) ? Number(value.n) : String(value.n);
    if (isSmall(value.n) && isSmall(value.d) && endsInDecimal(value.d)) return toNumber(value);
  }
  const rounded = Number(toNumber(value).toPrecision(12));
  return rounded === 0 ? 0 : rounded; // never -0
}

function fraction(n: bigint, d: bigint): Value {
  const divisor = greatestCommonDivisor(n < 0n ? -n : n, d < 0n ? -d : d) * (d < 0n ? -1n : 1n);
  const value = { n: n / divisor, d: d / divisor };
  return bits(value.n) > maxBits || bits(value.d) > maxBits ? toNumber(value) : value;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function floorDivide(n: bigint, d: bigint): bigint {
  const quotient = n / d;
  return n % d < 0n ? quotient - 1n : quotient;
}

function endsInDecimal(d: bigint): boolean {
  while (d % 2n === 0n) d /= 2n;
  while (d % 5n === 0n) d /= 5n;
  return d === 1n;
}

function bits(n: bigint): number {
  return n.toString(16).length * 4;
}

function isSmall(n: bigint): boolean {
  return n >= BigInt(Number.MIN_SAFE_INTEGER) && n <= BigInt(Number.MAX_SAFE_INTEGER);
}
