import assert from 'node:assert/strict';
import { endurePositions } from './positions/endure-positions.ts';

describe('a workflow whose process is killed at any append of its journal', function () {
  this.timeout(480_000);

  // What ends well is killed by `npm run faults -- --positions`, on PostgreSQL too.
  it('goes on elsewhere, repeats no write, and undoes what was done once', async () => {
    const { positions, kills, asked, faults } = await endurePositions(async (dataDir) => ({
      dataDir,
      fails: true,
    }));
    assert.deepEqual(faults, []);
    assert.ok(positions >= 8, `${positions} appends`);
    assert.equal(kills, positions * 2);
    assert.ok(asked >= 1, 'a person was asked what became of the write');
  });
});
