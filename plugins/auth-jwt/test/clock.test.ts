import assert from 'node:assert/strict';
import type { Storage } from '@agent-factory/sdk/contracts';
import { createClock } from '../src/clock.ts';

const realNow = Date.now;
const minute = 60_000;

describe('the clock that tokens go by', () => {
  /** What time it is by the database. */
  let time = 0;
  let asked = 0;
  let isGone = false;
  /** By the clock of this process. */
  let offMs = 0;
  const storage = {
    dialect: 'postgres',
    query: async () => {
      asked += 1;
      if (isGone) throw new Error('the database is gone');
      return [{ now: String(time) }];
    },
  } as unknown as Pick<Storage, 'dialect' | 'query'>; // a row is what the caller says it is

  beforeEach(() => {
    [time, asked, isGone, offMs] = [realNow(), 0, false, 0];
    Date.now = () => time + offMs;
  });
  afterEach(() => {
    Date.now = realNow;
  });

  for (const off of [2 * minute, -2 * minute])
    it(`is right where that of the process is ${off / minute} minutes ahead`, async () => {
      offMs = off;
      const clock = createClock(storage);
      assert.equal(await clock.now(), time);
      time += minute / 2;
      assert.equal(await clock.now(), time);
      assert.equal(asked, 1); // it counted on by itself
    });

  it('is right again once a clock was set, forward or back', async () => {
    const clock = createClock(storage);
    for (const off of [2 * minute, -2 * minute, 0]) {
      await clock.now();
      offMs = off;
      assert.equal(await clock.now(), time);
    }
  });

  it('asks the database once for all who want to know', async () => {
    const clock = createClock(storage);
    offMs = minute;
    assert.deepEqual(await Promise.all([clock.now(), clock.now(), clock.now()]), [time, time, time]);
    assert.equal(asked, 1);
  });

  it('does not guess while the database does not answer, and asks again', async () => {
    const clock = createClock(storage);
    isGone = true;
    await assert.rejects(async () => clock.now(), /gone/);
    isGone = false;
    offMs = minute;
    assert.equal(await clock.now(), time);
  });
});
