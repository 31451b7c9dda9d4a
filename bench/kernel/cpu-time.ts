/** Nanoseconds of CPU time this thread has used; neighbours on a busy machine hardly disturb it. */
export function cpuNanoseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) * 1000;
}

/** What one call takes in nanoseconds of CPU time, and how many times the baseline that is. */
export interface Paired {
  readonly ns: number;
  readonly ratio: number;
}

/**
 * Measures a call and its baseline by turns, in blocks, until each has had `budgetMs` of CPU time: the median block,
 * and the median of the turns' ratios. Neighbours slow a processor down for seconds on end, which falls on both, or
 * for a moment, which spoils a turn but not the median.
 */
export async function pairedCall(
  call: () => unknown,
  baseline: () => unknown,
  budgetMs: number,
): Promise<Paired> {
  const measured = await blockOf(call);
  const base = await blockOf(baseline);
  const turns: { readonly call: number; readonly base: number }[] = [];
  const spent = { call: 0, base: 0 };
  while (Math.min(spent.call, spent.base) < budgetMs * 1e6) {
    const turn = { call: await measured.run(), base: await base.run() };
    turns.push(turn);
    spent.call += turn.call;
    spent.base += turn.base;
  }
  return {
    ns: median(turns.map((turn) => turn.call)) / measured.size,
    ratio: (median(turns.map((turn) => turn.call / turn.base)) * base.size) / measured.size,
  };
}

/** So many calls that the clock's coarseness, some four milliseconds, does not show; warmed up. */
async function blockOf(call: () => unknown): Promise<{ readonly size: number; run(): Promise<number> }> {
  const awaited = call() instanceof Promise;
  const run = async (size: number): Promise<number> => {
    const begun = cpuNanoseconds();
    if (awaited) for (let at = 0; at < size; at++) await call();
    else for (let at = 0; at < size; at++) call();
    return cpuNanoseconds() - begun;
  };
  let size = 64;
  while ((await run(size)) < 1e8) size *= 2;
  for (let warm = 0; warm < 4; warm++) await run(size);
  return { size, run: () => run(size) };
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
