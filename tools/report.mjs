/** A set-up problem that the reader can mend: what happened, and what to do. */
export class SetupError extends Error {
  /**
   * @param {string} message what happened
   * @param {string} fix what to do about it
   */
  constructor(message, fix) {
    super(message);
    this.name = 'SetupError';
    this.fix = fix;
  }
}

/**
 * Prints one line on the error stream: the standard output belongs to the task.
 *
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Says what is under way, every ten seconds that it still is, and how long it took.
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function timed(what, work) {
  const start = Date.now();
  const seconds = () => `${Math.round((Date.now() - start) / 1000)} s`;
  say(`${what} …`);
  const ticker = setInterval(() => say(`  still at it after ${seconds()}`), 10_000);
  try {
    const result = await work();
    say(`  done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}
