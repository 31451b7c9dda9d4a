/**
 * Has jobs done one after another, each when one before it has ended, well or not.
 *
 * @param atOnce - how many may be under way together
 */
export function createTurns(atOnce = 1): <T>(job: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async (job) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((begin) => waiting.push(begin));
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
