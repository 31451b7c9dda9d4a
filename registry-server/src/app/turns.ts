/** Has jobs done one after another, each when those before it have ended, well or not. */
export function createTurns(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const mine = last.then(job);
    last = mine.catch(() => {}); // told to whoever asked
    return mine;
  };
}
