import assert from 'node:assert/strict';
import { createDesks } from '../src/desks.ts';
import type { HeldJob } from '../src/held-jobs.ts';

/** A job that is held, or is not any more. */
function job(lost = false): HeldJob {
  const controller = new AbortController();
  if (lost) controller.abort();
  return { id: 'j', fence: 1, controller, given: new Promise(() => {}), giveBack() {} };
}

describe('desks', () => {
  it('begins no job that was lost while it waited', async () => {
    const desks = createDesks(1, { onPace() {} });
    let begun = 0;
    assert.equal(await desks.sit(job(true), async () => void begun++), false);
    assert.equal(await desks.sit(job(), async () => void begun++), true, 'the desk is free again');
    assert.equal(begun, 1);
  });

  it('takes jobs for slow again as soon as one finds no desk in time', async () => {
    const paces: boolean[] = [];
    const desks = createDesks(1, { onPace: (quick) => paces.push(quick) });
    // However busy the machine is, one of them ends soon enough.
    while (paces.length === 0) for (let n = 0; n < 100; n++) await desks.sit(job(), async () => {});
    const gate = Promise.withResolvers<void>();
    const slow = desks.sit(job(), () => gate.promise);
    assert.equal(await desks.sit(job(), async () => {}), false);
    assert.equal(paces.at(-1), false);
    gate.resolve();
    assert.equal(await slow, true);
  });

  it('begins nothing more when it is closed', async () => {
    const desks = createDesks(1, { onPace() {} });
    desks.close();
    assert.equal(await desks.sit(job(), async () => assert.fail('begun')), false);
  });
});
