import assert from 'node:assert/strict';
import type { JobHandler } from '../contracts/jobs.ts';
import { jobsErrors } from '../contracts/jobs-errors.ts';
import type { ConformanceSuite } from './conformance.ts';
import { jobIn, only, record, type JobsFacts, type On } from './jobs-case.ts';
import { waitFor } from './wait-for.ts';

const soon = { kind: 'fixed', delayMs: 1 } as const;

/** What happens to jobs that fail. */
export function retryCases(on: On, { resolutionMs = 1 }: JobsFacts): ConformanceSuite {
  const failing = (times: number): JobHandler => {
    let failed = 0;
    return async () => {
      if (failed++ < times) throw new Error(`failure ${failed}`);
      return 'worked';
    };
  };
  return [
    on('tries a failed job again, up to its attempts', async ({ jobs, control }) => {
      const recorder = record(failing(2));
      await jobs.work('q', recorder.handler);
      const id = only(await jobs.enqueue([{ queue: 'q', data: {}, attempts: 3, backoff: soon }]));
      const job = await jobIn(control, id, 'completed');
      assert.deepEqual([job.attempt, job.result], [3, 'worked']);
      assert.deepEqual(
        recorder.seen.map((each) => [each.job.attempt, each.job.attempts]),
        [
          [1, 3],
          [2, 3],
          [3, 3],
        ],
      );
      const fences = recorder.seen.map(({ fence }) => fence);
      assert.ok(fences.every((fence, at) => at === 0 || fence > (fences[at - 1] ?? Infinity)));
    }),
    on('keeps a job that has no attempts left as dead, with the last reason', async ({ jobs, control }) => {
      const recorder = record(failing(9));
      await jobs.work('q', recorder.handler);
      const id = only(await jobs.enqueue([{ queue: 'q', data: {}, attempts: 2, backoff: soon }]));
      const job = await jobIn(control, id, 'dead');
      assert.equal(job.attempt, 2);
      assert.equal(job.error?.code, 'AF_JOB_FAILED');
      assert.match(job.error?.message ?? '', /failure 2/);
      assert.ok((job.endedAt ?? 0) >= job.createdAt);
      assert.equal(job.result, undefined);
      assert.equal(recorder.seen.length, 2);
    }),
    on(
      'shows a job that waits for another attempt as delayed, with the reason',
      async ({ jobs, control }) => {
        await jobs.work('q', failing(1));
        const id = only(
          await jobs.enqueue([{ queue: 'q', data: {}, backoff: { kind: 'fixed', delayMs: 60_000 } }]),
        );
        const job = await jobIn(control, id, 'delayed');
        assert.match(job.error?.message ?? '', /failure 1/);
        assert.deepEqual([job.attempt, job.endedAt], [1, undefined]);
      },
    ),
    on('waits between attempts, longer each time when asked to', async ({ jobs }) => {
      const delayMs = Math.max(160, resolutionMs);
      const begun: number[] = [];
      await jobs.work('q', async () => {
        begun.push(performance.now());
        throw new Error('fails');
      });
      await jobs.enqueue([
        { queue: 'q', data: {}, attempts: 3, backoff: { kind: 'exponential', delayMs, maxMs: delayMs * 2 } },
      ]);
      await waitFor('three attempts', () => begun.length === 3);
      const [first = 0, second = 0, third = 0] = begun;
      // A quarter less at random, and clocks of whole milliseconds.
      assert.ok(second - first >= delayMs * 0.75 - 5, `${second - first} ms`);
      assert.ok(third - second >= delayMs * 1.5 - 5, `${third - second} ms`);
    }),
    on(
      'gives a job up at once when its error says that trying again is of no use',
      async ({ jobs, control }) => {
        await jobs.work('q', async ({ job }) => {
          if (job.data['plain']) throw Object.assign(new Error('pointless'), { retryable: false });
          throw jobsErrors.AF_JOB_CANCELLED({ job: 'x' });
        });
        const [plain = '', ours = ''] = await jobs.enqueue([
          { queue: 'q', data: { plain: true } },
          { queue: 'q', data: {} },
        ]);
        const first = await jobIn(control, plain, 'dead');
        assert.deepEqual([first.attempt, first.error?.code], [1, 'AF_JOB_FAILED']);
        const second = await jobIn(control, ours, 'dead');
        assert.deepEqual([second.attempt, second.error?.code], [1, 'AF_JOB_CANCELLED']);
      },
    ),
    on('takes whatever is thrown for a failure', async ({ jobs, control }) => {
      const thrown: readonly unknown[] = ['a text', undefined, null, { odd: true }];
      await jobs.work('q', ({ job }) => {
        const value = thrown[Number(job.data['n'])];
        // Handlers are written by others: what they throw may be anything, also before they give a promise.
        if (value === 'a text') throw value as unknown as Error;
        return Promise.reject(value as Error);
      });
      const ids = await jobs.enqueue(thrown.map((_, n) => ({ queue: 'q', data: { n }, attempts: 1 })));
      for (const id of ids) assert.equal((await jobIn(control, id, 'dead')).error?.code, 'AF_JOB_FAILED');
    }),
    on('takes a result that is no JSON for a failure', async ({ jobs, control }) => {
      // What the types forbid is what this case is about.
      const results = [1n, () => 1, { at: new Date(0) }, NaN] as unknown as readonly string[];
      await jobs.work('q', async ({ job }) => results[Number(job.data['n'])] ?? null);
      const ids = await jobs.enqueue(results.map((_, n) => ({ queue: 'q', data: { n }, attempts: 1 })));
      for (const id of ids) assert.equal((await jobIn(control, id, 'dead')).error?.code, 'AF_JOB_FAILED');
    }),
    on('gives a dead job all its attempts again when it is redriven', async ({ jobs, control }, { open }) => {
      const recorder = record(failing(3));
      await jobs.work('q', recorder.handler);
      const id = only(await jobs.enqueue([{ queue: 'q', data: { n: 1 }, attempts: 2, backoff: soon }]));
      await jobIn(control, id, 'dead');
      const other = await open();
      assert.equal(await other.control.redrive(id), true);
      const job = await jobIn(control, id, 'completed');
      assert.deepEqual([job.attempt, job.result, job.error], [2, 'worked', undefined]);
      assert.deepEqual(
        recorder.seen.map((each) => each.job.attempt),
        [1, 2, 1, 2],
      );
    }),
    on('redrives only what is dead or cancelled', async ({ jobs, control }) => {
      const [waiting = '', delayed = ''] = await jobs.enqueue([
        { queue: 'q', data: {} },
        { queue: 'q', data: {}, delayMs: 60_000 },
      ]);
      for (const id of [waiting, delayed, 'absent']) assert.equal(await control.redrive(id), false);
      await control.cancel(delayed);
      assert.equal(await control.redrive(delayed), true);
      await jobs.work('q', async () => undefined);
      await jobIn(control, delayed, 'completed');
      await jobIn(control, waiting, 'completed');
      assert.equal(await control.redrive(waiting), false);
    }),
    on('does not redrive a job whose key another has meanwhile', async ({ jobs, control }) => {
      const job = { queue: 'q', data: {}, dedupeKey: 'k' };
      const first = only(await jobs.enqueue([job]));
      await control.cancel(first);
      const second = only(await jobs.enqueue([job]));
      assert.notEqual(second, first);
      assert.equal(await control.redrive(first), false);
      await control.cancel(second);
      assert.equal(await control.redrive(first), true);
      assert.equal(only(await jobs.enqueue([job])), first);
    }),
  ];
}
