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
 * Measures a call and its baseline by turns, in blocks, until each has had `budgetMs` of CPU time. Neighbours slow
 * a processor down for seconds on end; turn by turn that falls on both, and the ratio stays true.
 */
export async function pairedCall(
  call: () => unknown,
  baseline: () => unknown,
  budgetMs: number,
): Promise<Paired> {
  const measured = await blockOf(call);
  const base = await blockOf(baseline);
  const spent = { call: 0, base: 0 };
  for (let turns = 1; ; turns++) {
    spent.call += await measured.run();
    spent.base += await base.run();
    if (Math.min(spent.call, spent.base) < budgetMs * 1e6) continue;
    const ns = spent.call / (turns * measured.size);
    return { ns, ratio: ns / (spent.base / (turns * base.size)) };
  }
}

/** So many calls that the clock's coarseness does not show, warmed up. */
async function blockOf(call: () => unknown): Promise<{ readonly size: number; run(): Promise<number> }> {
  const awaited = call() instanceof Promise;
  const run = async (size: number): Promise<number> => {
    const begun = cpuNanoseconds();
    if (awaited) for (let at = 0; at < size; at++) await call();
    else for (let at = 0; at < size; at++) call();
    return cpuNanoseconds() - begun;
  };
  let size = 64;
  while ((await run(size)) < 2e7) size *= 2;
  for (let warm = 0; warm < 4; warm++) await run(size);
  return { size, run: () => run(size) };
}
