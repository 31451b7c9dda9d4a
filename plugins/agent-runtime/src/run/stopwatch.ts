/** Milliseconds since a reading of `performance.now()`, to the microsecond. */
export function millisecondsSince(began: number): number {
  return Math.round((performance.now() - began) * 1000) / 1000;
}
