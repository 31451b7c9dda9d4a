import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceSuite } from './conformance.ts';
import { jobIn, numbers, only, record, shutGate, type On } from './jobs-case.ts';
import { rejectsWith } from './rejects-with.ts';
import { waitFor } from './wait-for.ts';

const many = (count: number): readonly { queue: string; data: { n: number } }[] =>
  Array.from({ length: count }, (_, n) => ({ queue: 'q', data: { n } }));

/** How a process works on a queue, and stops. */
export function workerCases(on: On): ConformanceSuite {
  return [
    on('works on as many at once as it may, and no more', async ({ jobs }) => {
      let most = 0;
      let now = 0;
      const recorder = record(async () => {
        most = Math.max(most, ++now);
        await sleep(20);
        now--;
      });
      await jobs.enqueue(many(12));
      await jobs.work('q', recorder.handler, { concurrency: 3 });
      await waitFor('all to be done', () => recorder.seen.length === 12 && now === 0);
      assert.equal(most, 3);
    }),
    on('works on ten at once by default, and does not wait for slow ones', async ({ jobs }) => {
      const gate = shutGate();
      await jobs.enqueue(many(11));
      await jobs.work('q', gate.handler);
      await waitFor('ten to begin', () => gate.seen.length === 10);
      await sleep(100);
      assert.equal(gate.seen.length, 10);
      gate.open();
      await waitFor('the last to begin', () => gate.seen.length === 11);
    }),
    on('keeps slow jobs from holding up others', async ({ jobs, control }) => {
      const gate = shutGate();
      const recorder = record();
      await jobs.work('slow', gate.handler, { concurrency: 1 });
      await jobs.work(
        'q',
        async (context) => (context.job.data['slow'] ? gate.handler(context) : recorder.handler(context)),
        { concurrency: 2 },
      );
      await jobs.enqueue([{ queue: 'slow', data: {} }, { queue: 'q', data: { slow: true } }, ...many(30)]);
      await waitFor('the quick ones to be done', () => recorder.seen.length === 30);
      await waitFor(
        'only the slow ones to be at work',
        async () => (await control.list({ state: 'active' })).length === 2,
      );
      gate.open();
    }),
    on('gives each job to one of several processes', async ({ jobs }, { open }) => {
      const recorder = record(() => sleep(1));
      const processes = [await open(), await open()];
      for (const each of processes) await each.jobs.work('q', recorder.handler, { concurrency: 4 });
      await jobs.enqueue(many(100));
      await waitFor('all to be done', () => recorder.seen.length >= 100);
      await sleep(50);
      assert.equal(new Set(numbers(recorder)).size, 100);
      assert.equal(recorder.seen.length, 100);
    }),
    on('has one worker a queue and process', async ({ jobs }, { open }) => {
      const recorder = record();
      const worker = await jobs.work('q', recorder.handler);
      await rejectsWith(jobs.work('q', recorder.handler), 'AF_JOB_WORKER_EXISTS');
      const other = await open();
      await other.jobs.work('q', recorder.handler);
      await jobs.work('another', recorder.handler);
      await worker.close();
      await jobs.work('q', recorder.handler);
    }),
    on('lets the next worker begin while one that is closed ends what it has', async ({ jobs, control }) => {
      const gate = shutGate();
      const [first = ''] = await jobs.enqueue(many(1));
      const old = await jobs.work('q', gate.handler);
      await waitFor('it to begin', () => gate.seen.length === 1);
      const closing = old.close();
      const recorder = record(async () => 'new');
      await jobs.work('q', recorder.handler);
      const [second = ''] = await jobs.enqueue(many(1));
      assert.equal((await jobIn(control, second, 'completed')).result, 'new');
      gate.open('old');
      await closing;
      assert.equal((await jobIn(control, first, 'completed')).result, 'old');
      const third = only(await jobs.enqueue(many(1)));
      assert.equal((await jobIn(control, third, 'completed')).result, 'new');
    }),
    on('takes nothing in the role api, but accepts', async (worker, { open }) => {
      const api = await open({ role: 'api' });
      const never = record();
      const idle = await api.jobs.work('q', never.handler);
      const id = only(await api.jobs.enqueue([{ queue: 'q', data: {} }]));
      await sleep(300);
      assert.equal((await api.control.get(id))?.state, 'waiting');
      await worker.jobs.work('q', async () => 'done');
      assert.equal((await jobIn(api.control, id, 'completed')).result, 'done');
      assert.equal(never.seen.length, 0);
      await idle.close();
    }),
    on('works in the role worker', async (_, { open }) => {
      const worker = await open({ role: 'worker' });
      await worker.jobs.work('q', async () => 'done');
      const id = only(await worker.jobs.enqueue([{ queue: 'q', data: {} }]));
      await jobIn(worker.control, id, 'completed');
    }),
    on('ends what is at work when a worker is closed, and takes nothing more', async ({ jobs, control }) => {
      const gate = shutGate();
      const [first = '', second = ''] = await jobs.enqueue(many(2));
      const worker = await jobs.work('q', gate.handler, { concurrency: 1 });
      await waitFor('one to begin', () => gate.seen.length === 1);
      let closed = false;
      const closing = worker.close().then(() => (closed = true));
      await sleep(100);
      assert.equal(closed, false);
      assert.equal(gate.seen[0]?.signal.aborted, false);
      gate.open('in time');
      await closing;
      assert.equal((await control.get(first))?.result, 'in time');
      await sleep(100);
      assert.equal((await control.get(second))?.state, 'waiting');
      await worker.close();
    }),
    on(
      'gives back what does not end in time, without using up an attempt',
      async ({ jobs, control }, { open }) => {
        const gate = shutGate();
        const id = only(await jobs.enqueue([{ queue: 'q', data: {}, attempts: 1 }]));
        const worker = await jobs.work('q', gate.handler);
        await waitFor('it to begin', () => gate.seen.length === 1);
        assert.equal(gate.seen[0]?.job.attempt, 1);
        await worker.close({ timeoutMs: 20 });
        assert.equal(gate.seen[0]?.signal.aborted, true);
        const after = await control.get(id);
        assert.deepEqual([after?.state, after?.attempt], ['waiting', 0]);
        const recorder = record(async () => 'second');
        await (await open()).jobs.work('q', recorder.handler);
        assert.equal((await jobIn(control, id, 'completed')).result, 'second');
        assert.equal(recorder.seen[0]?.job.attempt, 1);
        assert.ok((recorder.seen[0]?.fence ?? 0) > (gate.seen[0]?.fence ?? Infinity), 'the fence grew');
      },
    ),
    on('refuses the result of a job that was given back', async ({ jobs, control }) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const recorder = record(() => promise);
      const id = only(await jobs.enqueue([{ queue: 'q', data: {} }]));
      const worker = await jobs.work('q', recorder.handler);
      await waitFor('it to begin', () => recorder.seen.length === 1);
      await worker.close({ timeoutMs: 0 });
      await assert.rejects(recorder.seen[0]?.progress(1) ?? Promise.resolve());
      resolve('late');
      await sleep(100);
      const job = await control.get(id);
      assert.deepEqual([job?.state, job?.result], ['waiting', undefined]);
    }),
    on('gives jobs back when its process is closed', async (_, { open }) => {
      const [first, second] = [await open(), await open()];
      const gate = shutGate();
      const id = only(await first.jobs.enqueue([{ queue: 'q', data: {}, attempts: 1 }]));
      await first.jobs.work('q', gate.handler);
      await waitFor('it to begin', () => gate.seen.length === 1);
      await first.close();
      await second.jobs.work('q', async () => 'second');
      assert.equal((await jobIn(second.control, id, 'completed')).result, 'second');
    }),
    on('keeps jobs for the next process', async (_, { open }) => {
      const first = await open();
      const ids = await first.jobs.enqueue(many(3));
      await first.close();
      const second = await open();
      await second.jobs.work('q', async ({ job }) => job.data);
      for (const [n, id] of ids.entries())
        assert.deepEqual((await jobIn(second.control, id, 'completed')).result, { n });
    }),
    on('keeps the progress a handler reports', async ({ jobs, control }) => {
      const gate = shutGate();
      const id = only(await jobs.enqueue([{ queue: 'q', data: {} }]));
      await jobs.work('q', async (context) => {
        await context.progress({ done: 1, of: 3 });
        await context.progress([2, 'of', 3]);
        return gate.handler(context);
      });
      await waitFor('it to report', () => gate.seen.length === 1);
      assert.deepEqual((await control.get(id))?.progress, [2, 'of', 3]);
      gate.open();
      assert.deepEqual((await jobIn(control, id, 'completed')).progress, [2, 'of', 3]);
    }),
    on('is refused once it is closed', async (_, { open }) => {
      const { jobs, control, schedules, close } = await open();
      await close();
      await close();
      const uses: readonly (() => Promise<unknown>)[] = [
        () => jobs.enqueue([{ queue: 'q', data: {} }]),
        () => jobs.work('q', async () => undefined),
        () => control.get('x'),
        () => control.list(),
        () => control.stats(),
        () => control.cancel('x'),
        () => control.redrive('x'),
        () => control.pause('q'),
        () => control.resume('q'),
        () => schedules.set({ name: 's', everyMs: 1000, job: { queue: 'q', data: {} } }),
        () => schedules.remove('s'),
        () => schedules.list(),
      ];
      for (const use of uses) await rejectsWith(use(), 'AF_JOBS_CLOSED');
    }),
  ];
}
