import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobSchedule } from '../contracts/jobs.ts';
import type { ConformanceSuite } from './conformance.ts';
import { record, type On } from './jobs-case.ts';
import { waitFor } from './wait-for.ts';

const job = { queue: 'q', data: { kind: 'tick' } };

/** Jobs that are added again and again. */
export function scheduleCases(on: On): ConformanceSuite {
  return [
    on('adds a job again and again', async ({ jobs, schedules }) => {
      const recorder = record();
      await jobs.work('q', recorder.handler);
      await schedules.set({
        name: 'tick',
        everyMs: 1000,
        job: { ...job, tenant: 'acme', priority: 9, attempts: 2 },
      });
      await waitFor('two', () => recorder.seen.length >= 2);
      const { tenant, priority, attempts, data } = recorder.seen[1]?.job ?? assert.fail('two were seen');
      assert.deepEqual([tenant, priority, attempts, data], ['acme', 9, 2, { kind: 'tick' }]);
      assert.equal(await schedules.remove('tick'), true);
    }),
    on(
      'adds one job a time when several processes keep the schedules',
      async ({ jobs, schedules, control }, { open }) => {
        const others = [await open(), await open()];
        await schedules.set({ name: 'tick', everyMs: 1000, job });
        for (const each of others) await each.schedules.set({ name: 'tick', everyMs: 1000, job });
        await jobs.work('q', async () => undefined);
        await waitFor('three', async () => (await control.list()).length >= 3);
        const times = (await control.list()).map(({ createdAt }) => createdAt);
        const [last = 0] = times;
        const [first = 0] = times.slice(-1);
        assert.ok(times.length <= Math.floor((last - first) / 1000) + 2, JSON.stringify(times));
      },
    ),
    on(
      'adds none while the one before is unfinished, and makes up for many with one',
      async ({ schedules, control }, { open }) => {
        await schedules.set({ name: 'tick', everyMs: 1000, job });
        await waitFor('the first', async () => (await control.list()).length === 1);
        await sleep(2500);
        assert.equal((await control.list()).length, 1);
        const worker = await open();
        await worker.jobs.work('q', async () => undefined);
        await waitFor('it to be done', async () => (await control.list({ state: 'completed' })).length >= 1);
        assert.ok((await control.list()).length <= 2);
      },
    ),
    on('makes up by one job for times that passed while nobody was there', async (first, { open }) => {
      await first.schedules.set({ name: 'tick', everyMs: 1000, job });
      await first.close();
      await sleep(3300);
      const second = await open();
      await second.jobs.work('q', async () => undefined);
      await waitFor('one', async () => (await second.control.list()).length > 0);
      assert.ok((await second.control.list()).length < 3);
    }),
    on('knows the next time of each schedule', async ({ schedules }) => {
      const before = Date.now();
      const nightly: JobSchedule = { name: 'nightly', cron: '30 2 * * *', timeZone: 'Asia/Tokyo', job };
      const monthly: JobSchedule = { name: 'monthly', cron: '0 0 1 * *', job };
      const hourly: JobSchedule = { name: 'hourly', everyMs: 3_600_000, job };
      for (const each of [nightly, monthly, hourly]) await schedules.set(each);
      const list = await schedules.list();
      assert.deepEqual(
        list,
        [hourly, monthly, nightly].map((each, at) => ({ ...each, nextAt: list[at]?.nextAt })),
      );
      const [inAnHour = 0, inAMonth = 0, inANight = 0] = list.map(({ nextAt }) => nextAt);
      // The database's clock may differ from this one by a little.
      assert.ok(Math.abs(inAnHour - before - 3_600_000) < 60_000);
      const month = new Date(inAMonth).toISOString();
      assert.match(month, /-01T00:00:00\.000Z$/);
      const night = new Date(inANight).toISOString();
      assert.match(night, /T17:30:00\.000Z$/, 'half past two in Tokyo');
      for (const at of [inAMonth, inANight])
        assert.ok(at > before - 60_000 && at < before + 32 * 24 * 3_600_000);
    }),
    on('keeps to the clocks of a time zone when they are set back or forward', async ({ schedules }) => {
      await schedules.set({ name: 's', cron: '0 9 1 1,7 *', timeZone: 'Europe/Berlin', job });
      const [next] = await schedules.list();
      const at = new Date(next?.nextAt ?? 0);
      assert.equal(at.getUTCHours(), at.getUTCMonth() === 0 ? 8 : 7, at.toISOString());
    }),
    on(
      'replaces a schedule, and keeps the time of one that stays the same',
      async ({ schedules }, { open }) => {
        const schedule: JobSchedule = { name: 's', everyMs: 100_000, job };
        await schedules.set(schedule);
        const [before] = await schedules.list();
        await sleep(30);
        const other = await open();
        await other.schedules.set({
          name: 's',
          everyMs: 100_000,
          job: { data: { kind: 'tick' }, queue: 'q' },
        });
        assert.deepEqual(await schedules.list(), [before]);
        await other.schedules.set({ ...schedule, everyMs: 200_000 });
        const [after, ...more] = await schedules.list();
        assert.deepEqual([after?.everyMs, more.length], [200_000, 0]);
        assert.ok((after?.nextAt ?? 0) > (before?.nextAt ?? Infinity));
        await schedules.set({ name: 's', cron: '* * * * *', job: { queue: 'other', data: {} } });
        const [last] = await schedules.list();
        assert.deepEqual(
          [last?.cron, last?.everyMs, last?.job],
          ['* * * * *', undefined, { queue: 'other', data: {} }],
        );
      },
    ),
    on('removes a schedule, and adds nothing more', async ({ schedules, control }) => {
      await schedules.set({ name: 'tick', everyMs: 1000, job });
      assert.equal(await schedules.remove('tick'), true);
      assert.equal(await schedules.remove('tick'), false);
      assert.deepEqual(await schedules.list(), []);
      await sleep(1300);
      assert.deepEqual(await control.list(), []);
    }),
    on('keeps schedules for the next process', async (first, { open }) => {
      const schedule: JobSchedule = { name: 's', cron: '5 4 * * 1-5', timeZone: 'America/New_York', job };
      await first.schedules.set(schedule);
      const [before] = await first.schedules.list();
      await first.close();
      assert.deepEqual(await (await open()).schedules.list(), [before]);
    }),
  ];
}
