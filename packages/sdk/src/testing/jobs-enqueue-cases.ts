import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewJob } from '../contracts/jobs.ts';
import type { ConformanceSuite } from './conformance.ts';
import { jobIn, numbers, only, record, shutGate, type JobsFacts, type On } from './jobs-case.ts';
import { waitFor } from './wait-for.ts';

const jobs = (count: number, queue = 'q'): readonly NewJob[] =>
  Array.from({ length: count }, (_, n) => ({ queue, data: { n } }));

/** How jobs are accepted, and in which order they begin. */
export function enqueueCases(on: On, { resolutionMs = 1 }: JobsFacts): ConformanceSuite {
  return [
    on(
      'does a job, with what it carries, and keeps its result',
      async ({ jobs: { enqueue, work }, control }) => {
        const data = { text: 'it\'s ✓\n\u0000"', list: [1, -2.5, null, true], deep: { empty: {} } };
        const id = only(await enqueue([{ queue: 'mail.out-2', data }]));
        const recorder = record(async () => ({ sent: [1, '✓'] }));
        await work('mail.out-2', recorder.handler);
        const job = await jobIn(control, id, 'completed');
        assert.deepEqual(job.result, { sent: [1, '✓'] });
        assert.deepEqual(job.data, data);
        const [context] = recorder.seen;
        assert.deepEqual(context?.job.data, data);
        assert.equal(context?.job.id, id);
        assert.equal(context?.job.state, 'active');
        const { queue, tenant, priority, attempt, attempts } = job;
        assert.deepEqual([queue, tenant, priority, attempt, attempts], ['mail.out-2', 'default', 50, 1, 5]);
        assert.ok(job.createdAt > 1e12 && (job.endedAt ?? 0) >= job.createdAt);
        assert.equal(job.error, undefined);
        assert.equal(recorder.seen.length, 1);
      },
    ),
    on('begins jobs that come while a worker waits', async ({ jobs, control }) => {
      const recorder = record(async ({ job }) => job.data);
      await jobs.work('q', recorder.handler);
      for (const n of [1, 2, 3]) {
        const id = only(await jobs.enqueue([{ queue: 'q', data: { n } }]));
        assert.deepEqual((await jobIn(control, id, 'completed')).result, { n });
      }
    }),
    on('does jobs of another process', async ({ jobs, control }, { open }) => {
      const other = await open();
      const recorder = record();
      await other.jobs.work('q', recorder.handler);
      const ids = await jobs.enqueue([{ queue: 'q', data: { n: 1 } }]);
      await jobIn(control, only(ids), 'completed');
      assert.deepEqual(numbers(recorder), [1]);
    }),
    on('accepts many at once, does each once, and gives ids in order', async ({ jobs: engine, control }) => {
      const recorder = record();
      await engine.work('q', recorder.handler);
      const wanted = jobs(250);
      const [bulk, ...single] = await Promise.all([
        engine.enqueue(wanted.slice(0, 200)),
        ...wanted.slice(200).map((job) => engine.enqueue([job])),
      ]);
      const ids = [...bulk, ...single.map(only)];
      assert.equal(new Set(ids).size, 250);
      await waitFor('all to be done', () => recorder.seen.length >= 250);
      assert.deepEqual(
        numbers(recorder).toSorted((a, b) => Number(a) - Number(b)),
        wanted.map(({ data }) => data['n']),
      );
      for (const at of [0, 123, 199, 249]) {
        const id = ids[at] ?? '';
        assert.deepEqual((await jobIn(control, id, 'completed')).data, { n: at });
      }
    }),
    on('accepts nothing when nothing is given', async ({ jobs, control }) => {
      assert.deepEqual(await jobs.enqueue([]), []);
      assert.deepEqual(await control.list(), []);
    }),
    on('begins equal jobs in order of arrival', async ({ jobs: engine }) => {
      const recorder = record();
      for (const job of jobs(10)) await engine.enqueue([job]);
      await engine.enqueue(jobs(20).slice(10));
      await engine.work('q', recorder.handler, { concurrency: 1 });
      await waitFor('all to be done', () => recorder.seen.length >= 20);
      assert.deepEqual(numbers(recorder), [...Array(20).keys()]);
    }),
    on('begins jobs of higher priority first', async ({ jobs: engine }) => {
      const recorder = record();
      const priorities = [0, 51, undefined, 100, 1, 49, 100];
      await engine.enqueue(
        priorities.map((priority, n) => ({
          queue: 'q',
          data: { n },
          ...(priority !== undefined && { priority }),
        })),
      );
      await engine.work('q', recorder.handler, { concurrency: 1 });
      await waitFor('all to be done', () => recorder.seen.length >= 7);
      assert.deepEqual(numbers(recorder), [3, 6, 1, 2, 5, 4, 0]);
    }),
    on('holds a job back for its delay, and others not', async ({ jobs: engine, control }) => {
      const delayMs = Math.max(300, resolutionMs);
      const recorder = record();
      await engine.work('q', recorder.handler);
      const late = only(await engine.enqueue([{ queue: 'q', data: { n: 1 }, delayMs, priority: 100 }]));
      assert.equal((await control.get(late))?.state, 'delayed');
      await engine.enqueue([{ queue: 'q', data: { n: 2 } }]);
      await jobIn(control, late, 'completed');
      assert.deepEqual(numbers(recorder), [2, 1]);
    }),
    on(
      'accepts with a transaction that commits, and not before',
      async ({ jobs: engine, control, storage }) => {
        const recorder = record();
        await engine.work('q', recorder.handler);
        const id = await storage.transaction(async (tx) => {
          const [first] = await engine.enqueue([{ queue: 'q', data: { n: 1 } }], { tx });
          await sleep(50);
          assert.equal(recorder.seen.length, 0, 'not begun before the commit');
          return first ?? '';
        });
        await jobIn(control, id, 'completed');
        assert.deepEqual(numbers(recorder), [1]);
      },
    ),
    on('accepts nothing with a transaction that rolls back', async ({ jobs: engine, control, storage }) => {
      const recorder = record();
      await engine.work('q', recorder.handler);
      let id = '';
      const failed = storage.transaction(async (tx) => {
        const job: NewJob = { queue: 'q', data: { n: 1 }, dedupeKey: 'k', children: jobs(2) };
        [id = ''] = await engine.enqueue([job, ...jobs(3)], { tx });
        throw new Error('roll back');
      });
      await assert.rejects(failed, /roll back/);
      assert.equal(await control.get(id), undefined);
      await engine.enqueue([{ queue: 'q', data: { n: 9 }, dedupeKey: 'k' }]);
      await waitFor('the next to be done', () => recorder.seen.length > 0);
      await sleep(100);
      assert.deepEqual(numbers(recorder), [9]);
      assert.equal((await control.list()).length, 1);
    }),
    on(
      'keeps state and job together when many transactions come',
      async ({ jobs: engine, control, storage }) => {
        const outcomes = await Promise.allSettled(
          jobs(12).map((job, n) =>
            storage.transaction(async (tx) => {
              const ids = await engine.enqueue([job, job], { tx });
              if (n % 3 === 0) throw new Error('roll back');
              return ids;
            }),
          ),
        );
        const ids = outcomes.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
        assert.equal(ids.length, 16);
        await waitFor('the jobs to be there', async () => (await control.list()).length >= 16);
        assert.deepEqual((await control.list()).map(({ id }) => id).toSorted(), ids.toSorted());
      },
    ),
    on(
      'adds a job with the key of an unfinished one only once',
      async ({ jobs: engine, control }, { open }) => {
        const other = await open();
        const one = (n: number, queue = 'q'): NewJob => ({ queue, data: { n }, dedupeKey: 'run-7' });
        const first = only(await engine.enqueue([one(1)]));
        assert.equal(only(await engine.enqueue([one(2)])), first);
        assert.equal(only(await other.jobs.enqueue([one(3)])), first);
        assert.deepEqual((await engine.enqueue([one(4), one(5)])).toString(), `${first},${first}`);
        const elsewhere = only(await engine.enqueue([one(6, 'other')]));
        assert.notEqual(elsewhere, first, 'a key belongs to its queue');
        const gate = shutGate();
        await engine.work('q', gate.handler);
        await waitFor('the job to begin', () => gate.seen.length > 0);
        assert.equal(only(await engine.enqueue([one(7)])), first, 'also while it is at work');
        gate.open();
        await jobIn(control, first, 'completed');
        const next = only(await engine.enqueue([one(8)]));
        assert.notEqual(next, first);
        await jobIn(control, next, 'completed');
        assert.deepEqual(numbers(gate), [1, 8]);
      },
    ),
    on('adds one job when many with one key come together', async ({ jobs: engine, control }, { open }) => {
      const engines = [engine, (await open()).jobs];
      const added = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (engines[n % 2] ?? engine).enqueue([
            { queue: 'q', data: { n }, dedupeKey: 'k' },
            { queue: 'q', data: { n } },
          ]),
        ),
      );
      assert.equal(new Set(added.map(([keyed]) => keyed)).size, 1);
      assert.equal(new Set(added.map(([, free]) => free)).size, 20);
      assert.equal((await control.list({ queue: 'q' })).length, 21);
    }),
    on('is not moved by what the caller does to the data afterwards', async ({ jobs: engine, control }) => {
      const data = { n: 1 };
      const adding = engine.enqueue([{ queue: 'q', data }]);
      data.n = 2;
      assert.deepEqual((await control.get(only(await adding)))?.data, { n: 1 });
    }),
    on('carries as much as is allowed', async ({ jobs: engine, control }) => {
      const data = { text: 'x'.repeat(256 * 1024 - 11) };
      const recorder = record(async ({ job }) => JSON.stringify(job.data).length);
      await engine.work('q', recorder.handler);
      const id = only(await engine.enqueue([{ queue: 'q', data }]));
      assert.equal((await jobIn(control, id, 'completed')).result, 256 * 1024);
    }),
    on('takes more at once than one statement can hold', async ({ jobs: engine, control }) => {
      const many = Array.from({ length: 300 }, (_, n) => ({
        queue: 'later',
        data: { n, text: n < 10 ? '"'.repeat(100_000) : '' },
      }));
      const ids = await engine.enqueue(many);
      assert.equal(new Set(ids).size, many.length);
      for (const n of [0, 4, 9, 255, 256, 299])
        assert.deepEqual((await control.get(ids[n] ?? ''))?.data, many[n]?.data);
    }),
  ];
}
