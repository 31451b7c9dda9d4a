import assert from 'node:assert/strict';

const parts = 8;
/** Linear work takes as long in parts as in one, quadratic work eight times as long in one. */
const mostGrowth = 3;
/** Milliseconds for the whole that are not worth a look. */
const negligible = 50;

/**
 * Fails when the processor time of `work` grows with more than its input: eight times an eighth of `size` is measured
 * against `size` at once. The least of several tries counts, and only one against the other, so that a busy or slow
 * machine changes nothing.
 *
 * @example
 * ```ts
 * await takesLinearTime((size) => 'a'.repeat(size).replaceAll('a', 'b'), 16_000);
 * ```
 */
export async function takesLinearTime(work: (size: number) => unknown, size: number): Promise<void> {
  let inParts = Infinity;
  let whole = Infinity;
  for (let tries = 0; tries < 6; tries++) {
    inParts = Math.min(inParts, await processorTime(work, Math.ceil(size / parts), parts));
    whole = Math.min(whole, await processorTime(work, size, 1));
    if (whole <= Math.max(negligible, mostGrowth * inParts)) return;
  }
  assert.fail(`${whole} ms for ${size} at once, ${inParts} ms in ${parts} parts`);
}

/** Milliseconds of this thread. */
async function processorTime(work: (size: number) => unknown, size: number, times: number): Promise<number> {
  const before = process.threadCpuUsage();
  for (let time = 0; time < times; time++) await work(size);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
