import assert from 'node:assert/strict';
import { isolationLevels } from '@agent-factory/sdk';
import { RunnerPool } from '../src/runner-pool.ts';
import { skipUnoffered } from './support/skip-unoffered.ts';
import { settings } from './support/settings.ts';

const pipes = (): number => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('Pipe')).length;

describe('the processes plugins run in', function () {
  this.timeout(60_000);

  for (const level of isolationLevels)
    it(`have ended, and their pipes are closed, once the pool is: at ${level}, one being started`, async function () {
      const pool = new RunnerPool({ ...settings, spare: 0 });
      await skipUnoffered(this, level, pool, [level]);
      const before = pipes();
      const runner = await pool.take(level);
      // It is given up while its wrappers are still starting it.
      const late = pool.take(level).catch(() => {});
      await new Promise(setImmediate);
      await pool.close();
      assert.ok(pipes() <= before, 'a pipe is open');
      assert.equal(runner.isOver, true);
      await late;
    });

  it('are found to be available, or not, by a pool that is closed meanwhile: every platform goes by that', async () => {
    const config = { ...settings, uid: 65_529 }; // nobody else has asked with it
    const pool = new RunnerPool(config);
    const found = pool.levels();
    await pool.close();
    assert.deepEqual(await found, await new RunnerPool(config).levels());
    const [weakest] = await found;
    assert.equal(weakest?.available, true, weakest?.why);
  });

  it('are not asked for by a pool that is closed, and the next one finds them', async () => {
    const config = { ...settings, uid: 65_528 }; // as above
    const closed = new RunnerPool(config);
    await closed.close();
    await assert.rejects(closed.strongest('L1'), /the platform stops/);
    const pool = new RunnerPool(config);
    assert.ok(await pool.strongest('L1'));
    await pool.close();
  });
});
