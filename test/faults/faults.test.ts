import assert from 'node:assert/strict';
import { endureFaults, type FaultReport } from './driver.ts';
import { embedded, embeddedRoles } from './fault-platform.ts';

describe('a platform whose processes are killed again and again', function () {
  this.timeout(240_000);

  const check = ({ faults, accepted, statuses }: FaultReport, runs: number): void => {
    assert.deepEqual(faults, []);
    assert.equal(accepted, runs);
    assert.ok((statuses['succeeded'] ?? 0) > 0, JSON.stringify(statuses));
  };

  it('ends every run it acknowledged and repeats no write, as one process', async () => {
    check(await endureFaults({ platform: embedded, kills: 15, runs: 30, seed: 7 }), 30);
  });

  it('ends every run it acknowledged and repeats no write, as one that accepts and one that works', async () => {
    check(await endureFaults({ platform: embeddedRoles, kills: 15, runs: 30, seed: 11 }), 30);
  });
});
