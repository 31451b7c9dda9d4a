import { tookBounds } from './counts.ts';

/** How long things took, in milliseconds. What half and most of them took is estimated from how many took how long. */
export interface Durations {
  readonly meanMs: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  /** How many took no longer than each of these, and no less than the one before; the last has no bound. */
  readonly buckets: readonly { readonly upToMs?: number; readonly count: number }[];
}

/** `undefined` where nothing took time. */
export function durationsOf(took: readonly number[], totalMs: number): Durations | undefined {
  const count = took.reduce((sum, one) => sum + one, 0);
  if (count === 0) return undefined;
  return {
    meanMs: Math.round(totalMs / count),
    medianMs: quantile(took, count * 0.5),
    p95Ms: quantile(took, count * 0.95),
    buckets: took.map((one, index) => {
      const upToMs = tookBounds[index];
      return { ...(upToMs !== undefined && { upToMs }), count: one };
    }),
  };
}

/** Even within each bucket; beyond the last bound nothing is known but the bound. */
function quantile(took: readonly number[], wanted: number): number {
  let before = 0;
  for (const [index, count] of took.entries()) {
    const lower = index === 0 ? 0 : (tookBounds[index - 1] ?? 0);
    const upper = tookBounds[index] ?? lower;
    if (count > 0 && before + count >= wanted)
      return Math.round(lower + ((upper - lower) * (wanted - before)) / count);
    before += count;
  }
  return 0;
}
