/** How little the first places count more than the next; the value of the paper. */
const smoothing = 60;

/**
 * Puts several rankings together: what stands high in many of them comes first.
 * @see https://doi.org/10.1145/1571941.1572114 reciprocal rank fusion
 */
export function fuseRanks(rankings: readonly (readonly number[])[]): ReadonlyMap<number, number> {
  const scores = new Map<number, number>();
  for (const ranking of rankings)
    for (const [at, key] of ranking.entries())
      scores.set(key, (scores.get(key) ?? 0) + 1 / (smoothing + at + 1));
  return scores;
}
