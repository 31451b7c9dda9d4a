/** A value found in a message, and where. */
export interface Found<T = string> {
  readonly value: T;
  readonly start: number;
  readonly end: number;
}

/** Whether two places overlap. */
export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

/** A place in a message. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
