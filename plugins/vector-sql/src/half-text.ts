/** A vector as pgvector reads it; numbers of 16 bits have three digits that count. */
export function halfText(values: ArrayLike<number>): string {
  return `[${Array.from(values, (value) => Number(value.toPrecision(6))).join(',')}]`;
}
