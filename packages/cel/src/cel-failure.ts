/**
 * Why an expression has no value for these variables:
 * - `value`: they do not fit, such as a missing field, a text in place of a number, a division by zero;
 * - `range`: a whole number beyond 2^53 - 1, or an infinite result, where CEL could go on and JSON cannot;
 * - `limit`: it was too much work, or its result too large.
 */
export type CelFailureKind = 'value' | 'range' | 'limit';

/** An expression that has no value for these variables. */
export class CelFailure extends Error {
  override readonly name: string = 'CelFailure';
  readonly kind: CelFailureKind;

  constructor(message: string, kind: CelFailureKind = 'value') {
    super(message);
    this.kind = kind;
  }
}

/** What a value is called in messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'a map';
    default:
      return 'nothing';
  }
}

/** The failure of an operation that does not exist for such values. */
export function noOverload(what: string, ...values: readonly unknown[]): CelFailure {
  return new CelFailure(`${what} does not take ${values.map(kindOf).join(' and ')}`);
}
