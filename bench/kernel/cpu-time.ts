/** Nanoseconds of CPU time this thread has used; neighbours on a busy machine hardly disturb it. */
export function cpuNanoseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) * 1000;
}

/**
 * Nanoseconds of CPU time one call takes: calls it in blocks, drops the first ones, and goes on until
 * `budgetMs` of CPU time are spent, so that the clock's coarseness does not show.
 */
export async function perCall(call: () => unknown, budgetMs: number): Promise<number> {
  const awaited = call() instanceof Promise;
  let size = 64;
  const block = async (): Promise<number> => {
    const begun = cpuNanoseconds();
    if (awaited) {
      for (let at = 0; at < size; at++) await call();
    } else {
      for (let at = 0; at < size; at++) call();
    }
    return cpuNanoseconds() - begun;
  };
  while ((await block()) < 2e7) size *= 2;
  for (let warm = 0; warm < 4; warm++) await block();
  let spent = 0;
  let blocks = 0;
  for (; spent < budgetMs * 1e6; blocks++) spent += await block();
  return spent / (blocks * size);
}
