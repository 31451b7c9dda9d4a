import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAgentFactoryError } from '../errors.ts';
import type { JobQuery } from '../contracts/jobs.ts';
import type { ConformanceSuite } from './conformance.ts';
import { jobIn, only, record, shutGate, type On } from './jobs-case.ts';
import { waitFor } from './wait-for.ts';

/** Looking after jobs. */
export function controlCases(on: On): ConformanceSuite {
  return [
    on('cancels a job that waits, is held back or blocked', async ({ jobs, control }) => {
      const recorder = record();
      const ids = await jobs.enqueue([
        { queue: 'q', data: {} },
        { queue: 'q', data: {}, delayMs: 60_000 },
        { queue: 'q', data: {}, children: [{ queue: 'child', data: {} }] },
      ]);
      for (const id of ids) {
        assert.equal(await control.cancel(id), true);
        const job = await control.get(id);
        assert.equal(job?.state, 'cancelled');
        assert.ok((job?.endedAt ?? 0) >= (job?.createdAt ?? Infinity));
        assert.equal(await control.cancel(id), false, 'it has ended');
      }
      assert.equal(await control.cancel('absent'), false);
      await jobs.work('q', recorder.handler);
      await sleep(100);
      assert.equal(recorder.seen.length, 0);
    }),
    on(
      'tells the handler of a job that is cancelled, from another process too',
      async ({ jobs, control }, { open }) => {
        const gate = shutGate();
        await jobs.work('q', gate.handler);
        const ids = await jobs.enqueue([1, 2].map((n) => ({ queue: 'q', data: { n } })));
        await waitFor('both to begin', () => gate.seen.length === 2);
        const other = await open();
        const controls = [control, other.control];
        for (const [at, id] of ids.entries()) {
          assert.equal(await controls[at]?.cancel(id), true);
          const context = gate.seen.find(({ job }) => job.id === id);
          const signal = await waitFor('the signal', () => context?.signal.aborted && context.signal);
          assert.ok(isAgentFactoryError(signal.reason, 'AF_JOB_CANCELLED'), String(signal.reason));
        }
        await sleep(100);
        for (const id of ids) assert.equal((await control.get(id))?.state, 'cancelled');
      },
    ),
    on('keeps a job cancelled whatever its handler gives', async ({ jobs, control }) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const recorder = record(() => promise);
      await jobs.work('q', recorder.handler);
      const id = only(await jobs.enqueue([{ queue: 'q', data: {} }]));
      await waitFor('it to begin', () => recorder.seen.length === 1);
      await control.cancel(id);
      resolve('too late');
      await sleep(100);
      const job = await control.get(id);
      assert.deepEqual([job?.state, job?.result], ['cancelled', undefined]);
    }),
    on(
      'takes no job of a paused queue, in any process, and goes on later',
      async ({ jobs, control }, { open }) => {
        const other = await open();
        const gate = shutGate();
        await jobs.work('q', gate.handler, { concurrency: 5 });
        await other.jobs.work('q', gate.handler, { concurrency: 5 });
        await jobs.enqueue([{ queue: 'q', data: { n: 0 } }]);
        await waitFor('one to begin', () => gate.seen.length === 1);
        await control.pause('q');
        await control.pause('q');
        await jobs.enqueue([
          { queue: 'q', data: { n: 1 } },
          { queue: 'free', data: {} },
        ]);
        const free = record();
        await jobs.work('free', free.handler);
        await waitFor('the other queue to go on', () => free.seen.length === 1);
        await sleep(300);
        assert.equal(gate.seen.length, 1);
        assert.equal(gate.seen[0]?.signal.aborted, false);
        const paused = (await control.stats()).map((each) => [each.queue, each.paused]);
        assert.deepEqual(paused, [
          ['free', false],
          ['q', true],
        ]);
        gate.open();
        await other.control.resume('q');
        await waitFor('the next to begin', () => gate.seen.length === 2);
        await control.resume('q');
        assert.equal((await control.stats()).find(({ queue }) => queue === 'q')?.paused, false);
      },
    ),
    on('counts the jobs of each queue by state', async ({ jobs, control }) => {
      const gate = shutGate();
      const counts = { waiting: 0, delayed: 0, active: 0, blocked: 0, completed: 0, dead: 0, cancelled: 0 };
      assert.deepEqual(await control.stats(), []);
      await jobs.work('a', async (context) => {
        if (context.job.data['n'] === 'die') throw new Error('dies');
        if (context.job.data['n'] === 'stay') return gate.handler(context);
      });
      const data = { n: 0 };
      const ids = await jobs.enqueue([
        { queue: 'b', data },
        { queue: 'b', data },
        { queue: 'b', data, delayMs: 60_000 },
        { queue: 'b', data, children: [{ queue: 'b', data }] },
        { queue: 'b', data },
        { queue: 'a', data },
        { queue: 'a', data: { n: 'die' }, attempts: 1 },
        { queue: 'a', data: { n: 'stay' } },
      ]);
      await control.cancel(ids[4] ?? '');
      await waitFor('one to stay at work', () => gate.seen.length === 1);
      await jobIn(control, ids[5] ?? '', 'completed');
      await jobIn(control, ids[6] ?? '', 'dead');
      assert.deepEqual(await control.stats(), [
        { queue: 'a', paused: false, counts: { ...counts, completed: 1, dead: 1, active: 1 } },
        {
          queue: 'b',
          paused: false,
          counts: { ...counts, waiting: 3, delayed: 1, blocked: 1, cancelled: 1 },
        },
      ]);
      gate.open();
    }),
    on('lists jobs newest first, page by page', async ({ jobs, control }) => {
      const ids: string[] = [];
      for (let n = 0; n < 4; n++) ids.push(...(await jobs.enqueue([{ queue: 'q', data: { n } }])));
      ids.push(...(await jobs.enqueue([4, 5, 6].map((n) => ({ queue: 'q', data: { n } })))));
      const newest = ids.toReversed();
      assert.deepEqual(
        (await control.list()).map(({ id }) => id),
        newest,
      );
      const paged: string[] = [];
      for (let before: string | undefined; ; before = paged.at(-1)) {
        const page = await control.list({ limit: 2, queue: 'q', ...(before !== undefined && { before }) });
        paged.push(...page.map(({ id }) => id));
        if (page.length < 2) break;
      }
      assert.deepEqual(paged, newest);
    }),
    on('lists jobs of one queue, tenant and state', async ({ jobs, control }) => {
      const ids = await jobs.enqueue([
        { queue: 'a', data: { n: 0 } },
        { queue: 'b', data: { n: 1 }, tenant: 'acme' },
        { queue: 'a', data: { n: 2 }, tenant: 'acme', delayMs: 60_000 },
        { queue: 'a', data: { n: 3 }, tenant: 'acme' },
        { queue: 'a', data: { n: 4 }, delayMs: 60_000 },
      ]);
      await control.cancel(ids[4] ?? '');
      const found = async (query: JobQuery): Promise<string> =>
        (await control.list(query)).map(({ data }) => JSON.stringify(data['n'])).join('');
      assert.equal(await found({ queue: 'a' }), '4320');
      assert.equal(await found({ tenant: 'acme' }), '321');
      assert.equal(await found({ state: 'delayed' }), '2');
      assert.equal(await found({ state: 'waiting', queue: 'a' }), '30');
      assert.equal(await found({ queue: 'a', tenant: 'acme', state: 'waiting' }), '3');
      assert.equal(await found({ state: 'cancelled' }), '4');
      assert.equal(await found({ queue: 'a', tenant: 'nobody' }), '');
      assert.equal(await found({ queue: 'absent' }), '');
    }),
    on('shows a job as it was wished for', async ({ jobs, control }) => {
      assert.equal(await control.get('absent'), undefined);
      const id = only(
        await jobs.enqueue([{ queue: 'q', data: { a: [1] }, tenant: 'acme', priority: 7, attempts: 3 }]),
      );
      const { createdAt, ...job } = (await control.get(id)) ?? assert.fail('it is there');
      assert.ok(Number.isSafeInteger(createdAt));
      const expected = { id, queue: 'q', tenant: 'acme', data: { a: [1] }, state: 'waiting', priority: 7 };
      assert.deepEqual(job, { ...expected, attempt: 0, attempts: 3 });
    }),
  ];
}
