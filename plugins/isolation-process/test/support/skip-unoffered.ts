import type { IsolationLevel } from '@agent-factory/sdk';
import type { RunnerPool } from '../../src/runner-pool.ts';

/** Skips the tests of a level where this machine offers none of those that would do, and says why. */
export async function skipUnoffered(
  test: Mocha.Context,
  level: IsolationLevel,
  pool: RunnerPool,
  wouldDo: readonly IsolationLevel[],
): Promise<void> {
  const offers = (await pool.levels()).filter((offer) => wouldDo.includes(offer.level));
  if (offers.some(({ available }) => available)) return;
  const why = offers.map((offer) => `${offer.level}: ${offer.why}`).join(' ');
  console.log(`      skipped: ${level} is not to be had here. ${why}`);
  test.skip(); // what the machine lacks is its own affair, and said above
}
