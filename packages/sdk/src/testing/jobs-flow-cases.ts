import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewJob } from '../contracts/jobs.ts';
import type { ConformanceSuite } from './conformance.ts';
import { jobIn, numbers, only, record, type On } from './jobs-case.ts';
import { waitFor } from './wait-for.ts';

const child = (n: number, more: Partial<NewJob> = {}): NewJob => ({ queue: 'child', data: { n }, ...more });
const parent = (children: readonly NewJob[], more: Partial<NewJob> = {}): NewJob => ({
  queue: 'parent',
  data: { n: 'parent' },
  children,
  ...more,
});

/** Jobs that wait for others. */
export function flowCases(on: On): ConformanceSuite {
  return [
    on(
      'begins a job after its children, with their results in order',
      async ({ jobs, control }, { open }) => {
        const id = only(await jobs.enqueue([parent([child(1), child(2), child(3, { queue: 'elsewhere' })])]));
        assert.equal((await control.get(id))?.state, 'blocked');
        const last = record(async ({ children }) => children);
        await jobs.work('parent', last.handler);
        await jobs.work('elsewhere', async () => undefined);
        const other = await open();
        // The first child ends last.
        await other.jobs.work('child', async ({ job }) => {
          await sleep(job.data['n'] === 1 ? 60 : 1);
          return { of: job.data['n'] ?? null };
        });
        const job = await jobIn(control, id, 'completed');
        assert.deepEqual(job.result, [{ of: 1 }, { of: 2 }, null]);
        assert.equal(last.seen.length, 1);
      },
    ),
    on('has nothing for a job without children', async ({ jobs, control }) => {
      const ids = await jobs.enqueue([parent([]), { queue: 'parent', data: {} }]);
      await jobs.work('parent', async ({ children }) => children.length);
      for (const id of ids) assert.equal((await jobIn(control, id, 'completed')).result, 0);
    }),
    on('waits for children of children', async ({ jobs, control }) => {
      const recorder = record(async ({ job, children }) => [job.data['n'] ?? null, ...children]);
      const deep = child(1, { children: [child(2, { children: [child(3), child(4)] }), child(5)] });
      const id = only(await jobs.enqueue([parent([deep, child(6)])]));
      await jobs.work('parent', recorder.handler);
      await jobs.work('child', recorder.handler, { concurrency: 3 });
      const { result } = await jobIn(control, id, 'completed');
      assert.deepEqual(result, ['parent', [1, [2, [3], [4]], [5]], [6]]);
      assert.equal(recorder.seen.length, 7);
    }),
    on('begins a job once when many children end at the same time', async ({ jobs, control }, { open }) => {
      const ids = await jobs.enqueue(
        Array.from({ length: 5 }, () => parent(Array.from({ length: 20 }, (_, n) => child(n)))),
      );
      const last = record(async ({ children }) => children.length);
      await jobs.work('parent', last.handler);
      for (const each of [jobs, (await open()).jobs])
        await each.work('child', async ({ job }) => job.data['n'] ?? 0);
      for (const id of ids) assert.equal((await jobIn(control, id, 'completed')).result, 20);
      assert.equal(last.seen.length, 5);
    }),
    on(
      'lets a job die whose child dies, and those above it, while the other children go on',
      async ({ jobs, control }) => {
        const above = parent([
          child(0, { queue: 'between', children: [child(1, { attempts: 1 }), child(2)] }),
        ]);
        const id = only(await jobs.enqueue([above]));
        const never = record();
        await jobs.work('parent', never.handler);
        await jobs.work('between', never.handler);
        await jobs.work('child', async ({ job }) => {
          if (job.data['n'] === 1) throw new Error('broken');
          await sleep(50);
          return 'fine';
        });
        const job = await jobIn(control, id, 'dead');
        assert.equal(job.error?.code, 'AF_JOB_CHILD_FAILED');
        assert.ok((job.endedAt ?? 0) >= job.createdAt);
        const [between] = await control.list({ queue: 'between' });
        assert.deepEqual([between?.state, between?.error?.code], ['dead', 'AF_JOB_CHILD_FAILED']);
        const second = (await control.list({ queue: 'child' })).find(({ data }) => data['n'] === 2);
        assert.equal((await jobIn(control, second?.id ?? '', 'completed')).result, 'fine');
        assert.equal(never.seen.length, 0);
      },
    ),
    on('lets a job die whose child is cancelled', async ({ jobs, control }) => {
      const id = only(await jobs.enqueue([parent([child(1), child(2)])]));
      const [, first] = (await control.list({ queue: 'child' })).toSorted(
        (a, b) => Number(b.data['n']) - Number(a.data['n']),
      );
      assert.equal(await control.cancel(first?.id ?? ''), true);
      const job = await jobIn(control, id, 'dead');
      assert.equal(job.error?.code, 'AF_JOB_CHILD_FAILED');
    }),
    on('goes on when the child, then the job, are redriven', async ({ jobs, control }) => {
      let broken = true;
      await jobs.work('child', async ({ job }) => {
        if (broken && job.data['n'] === 2) throw Object.assign(new Error('broken'), { retryable: false });
        return job.data['n'] ?? null;
      });
      await jobs.work('parent', async ({ children }) => children);
      const id = only(await jobs.enqueue([parent([child(1), child(2), child(3)])]));
      await jobIn(control, id, 'dead');
      await assert.rejects(
        control.redrive(id),
        (error) => error instanceof Error && error.message.includes(id),
      );
      broken = false;
      const [dead] = await control.list({ queue: 'child', state: 'dead' });
      assert.equal(await control.redrive(dead?.id ?? ''), true);
      assert.equal(await control.redrive(id), true);
      assert.deepEqual((await jobIn(control, id, 'completed')).result, [1, 2, 3]);
    }),
    on('adds no children twice for a job that is there already', async ({ jobs, control }) => {
      const job = parent([child(1), child(2)], { dedupeKey: 'once' });
      const first = only(await jobs.enqueue([job]));
      assert.equal(only(await jobs.enqueue([job])), first);
      assert.equal((await control.list({ queue: 'child' })).length, 2);
      const recorder = record();
      await jobs.work('child', recorder.handler);
      await jobs.work('parent', recorder.handler);
      await jobIn(control, first, 'completed');
      assert.equal(recorder.seen.length, 3);
      assert.deepEqual(numbers(recorder).slice(-1), ['parent']);
    }),
    on('accepts a job and its children with a transaction', async ({ jobs, control, storage }) => {
      const id = await storage.transaction(async (tx) =>
        only(await jobs.enqueue([parent([child(1)])], { tx })),
      );
      await jobs.work('child', async () => 'c');
      await jobs.work('parent', async ({ children }) => children);
      assert.deepEqual((await jobIn(control, id, 'completed')).result, ['c']);
      await waitFor(
        'nothing to be left',
        async () => (await control.list({ state: 'blocked' })).length === 0,
      );
    }),
    on('lets a whole family be cancelled at once, from all sides', async ({ jobs, control }, { open }) => {
      const other = await open();
      for (let round = 0; round < 3; round++) {
        const children = Array.from({ length: 8 }, () => ({ queue: 'child', data: {} }));
        const parent = only(await jobs.enqueue([{ queue: 'q', data: {}, children }]));
        const family = (await control.list({ queue: 'child', state: 'waiting' })).map(({ id }) => id);
        assert.equal(family.length, 8);
        await Promise.all(
          [...family, parent].map((id, at) => (at % 2 === 0 ? control : other.control).cancel(id)),
        );
        for (const id of family) assert.equal((await control.get(id))?.state, 'cancelled');
        const state = (await control.get(parent))?.state ?? '';
        assert.ok(['cancelled', 'dead'].includes(state), state);
      }
    }),
  ];
}
