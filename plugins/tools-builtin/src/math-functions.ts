import {
  compare,
  divide,
  exact,
  isExact,
  multiply,
  negate,
  power,
  roundTo,
  settle,
  toNumber,
  type Value,
} from './exact-number.ts';

/** A function an expression can call. */
export interface MathFunction {
  /** Fewest and most arguments. */
  readonly takes: readonly [number, number];
  apply(...args: readonly [Value, ...Value[]]): Value;
}

function real(compute: (x: number) => number): MathFunction {
  return { takes: [1, 1], apply: (x) => settle(compute(toNumber(x))) };
}

/** Sine and its like: what is left of zero after rounding π is zero. */
function wave(compute: (x: number) => number): MathFunction {
  return real((x) => {
    const y = compute(x);
    return Math.abs(y) < 1e-15 ? 0 : y;
  });
}

function extreme(sign: 1 | -1): MathFunction {
  return {
    takes: [1, 100],
    apply: (...args) => args.reduce((best, each) => (sign * compare(each, best) > 0 ? each : best)),
  };
}

/** The functions of an expression, by name. Angles are in radians; `ln` is the natural logarithm. */
export const mathFunctions: ReadonlyMap<string, MathFunction> = new Map<string, MathFunction>([
  ['sqrt', real(Math.sqrt)],
  ['abs', { takes: [1, 1], apply: (x) => (compare(x, 0) < 0 ? negate(x) : x) }],
  ['floor', { takes: [1, 1], apply: (x) => roundTo(x, 'floor') }],
  ['ceil', { takes: [1, 1], apply: (x) => roundTo(x, 'ceil') }],
  [
    'round',
    {
      takes: [1, 2],
      apply(x, digits = exact(0n)) {
        const places = Math.max(-300, Math.min(300, Math.trunc(toNumber(digits))));
        const scale = power(exact(10n), exact(BigInt(places)));
        const scaled = multiply(x, scale);
        // Floating point is rounded as it is shown, so that round(1.005 * sqrt(1), 2) keeps its half.
        const shown = isExact(scaled) ? scaled : Number(scaled.toPrecision(15));
        return divide(roundTo(shown, 'nearest'), scale);
      },
    },
  ],
  ['min', extreme(-1)],
  ['max', extreme(1)],
  ['ln', real(Math.log)],
  ['log10', real(Math.log10)],
  ['exp', real(Math.exp)],
  ['sin', wave(Math.sin)],
  ['cos', wave(Math.cos)],
  ['tan', wave(Math.tan)],
]);

/** The named numbers of an expression. */
export const mathConstants: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
]);
