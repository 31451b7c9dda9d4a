import assert from 'node:assert/strict';
import { isAgentFactoryError } from '../errors.ts';
import type { JobWorker } from '../contracts/jobs.ts';
import type { ConformanceSuite } from './conformance.ts';
import { jobIn, only, record, shutGate, type JobsFacts, type On } from './jobs-case.ts';
import { waitFor } from './wait-for.ts';

/** Lets a silent worker go on with what it has, and not take back what it lost. */
function takeNoMore(worker: JobWorker): void {
  void worker.close({ timeoutMs: 120_000 });
}

/** What happens to the jobs of a worker that nobody hears of any more. */
export function lossCases(on: On, { lostWithinMs }: JobsFacts): ConformanceSuite {
  const patience = 15_000 + lostWithinMs;
  return [
    on('gives the job of a silent worker to another', async ({ jobs, control }, { open }) => {
      const silent = await open({ silent: true });
      const gate = shutGate();
      const worker = await silent.jobs.work('q', gate.handler);
      const id = only(await jobs.enqueue([{ queue: 'q', data: {} }]));
      await waitFor('it to begin', () => gate.seen.length === 1);
      takeNoMore(worker);
      const recorder = record(async () => 'other');
      await jobs.work('q', recorder.handler);
      const job = await jobIn(control, id, 'completed', patience);
      assert.equal(job.result, 'other');
      assert.ok((recorder.seen[0]?.fence ?? 0) > (gate.seen[0]?.fence ?? Infinity), 'the fence grew');
    }),
    on('tells a worker that it lost a job', async ({ jobs, control }, { open }) => {
      const silent = await open({ silent: true });
      const gate = shutGate();
      const worker = await silent.jobs.work('q', gate.handler);
      const id = only(await jobs.enqueue([{ queue: 'q', data: {} }]));
      await waitFor('it to begin', () => gate.seen.length === 1);
      takeNoMore(worker);
      await jobs.work('q', async () => 'other');
      await jobIn(control, id, 'completed', patience);
      const signal = await waitFor(
        'the signal',
        () => gate.seen[0]?.signal.aborted && gate.seen[0].signal,
        patience,
      );
      assert.ok(isAgentFactoryError(signal.reason, 'AF_JOB_LOST'), String(signal.reason));
      assert.equal((await control.get(id))?.result, 'other');
    }),
    on('refuses what a worker reports after it lost a job', async ({ jobs, control }, { open }) => {
      const silent = await open({ silent: true });
      const late = Promise.withResolvers<string>();
      const stale = record(() => late.promise);
      const workers = [await silent.jobs.work('q', stale.handler)];
      const [result = '', failure = ''] = await jobs.enqueue([
        { queue: 'q', data: {} },
        { queue: 'other', data: {} },
      ]);
      const lateFailure = Promise.withResolvers<never>();
      const failing = record(() => lateFailure.promise);
      workers.push(await silent.jobs.work('other', failing.handler));
      await waitFor('both to begin', () => stale.seen.length + failing.seen.length === 2);
      for (const worker of workers) takeNoMore(worker);
      const gate = shutGate();
      await jobs.work('q', gate.handler);
      await jobs.work('other', gate.handler);
      await waitFor('both to begin elsewhere', () => gate.seen.length === 2, patience);
      late.resolve('stale');
      lateFailure.reject(Object.assign(new Error('stale'), { retryable: false }));
      for (const { seen } of [stale, failing])
        await assert.rejects(seen[0]?.progress('stale') ?? Promise.resolve(), (error) =>
          isAgentFactoryError(error, 'AF_JOB_LOST'),
        );
      for (const id of [result, failure]) {
        const job = await control.get(id);
        assert.deepEqual([job?.state, job?.result, job?.progress], ['active', undefined, undefined]);
      }
      gate.open('fresh');
      for (const id of [result, failure])
        assert.equal((await jobIn(control, id, 'completed')).result, 'fresh');
    }),
    on(
      'leaves the jobs of a worker alone that is busy for long but reports',
      async ({ jobs, control }, { open }) => {
        const gate = shutGate();
        const id = only(await jobs.enqueue([{ queue: 'q', data: {} }]));
        await jobs.work('q', gate.handler);
        await waitFor('it to begin', () => gate.seen.length === 1);
        const never = record();
        await (await open()).jobs.work('q', never.handler);
        await new Promise((resolve) => setTimeout(resolve, lostWithinMs * 1.5));
        assert.equal(gate.seen[0]?.signal.aborted, false);
        gate.open('mine');
        assert.equal((await jobIn(control, id, 'completed')).result, 'mine');
        assert.equal(never.seen.length, 0);
      },
    ),
  ];
}
