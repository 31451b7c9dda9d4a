import assert from 'node:assert/strict';
import type { JobHandler, NewJob } from '@agent-factory/sdk/contracts';
import { silentLog, waitFor } from '@agent-factory/sdk/testing';
import { Redis } from 'ioredis';
import { openTestJobs, quick } from './open-test-jobs.ts';

const many = (count: number): readonly NewJob[] =>
  Array.from({ length: count }, (_, n) => ({ queue: 'q', data: { n } }));

/** A handler whose jobs end when they are let go. */
function held(): { readonly begun: number[]; readonly handler: JobHandler; letGo(): void } {
  const begun: number[] = [];
  const gate = Promise.withResolvers<void>();
  return {
    begun,
    letGo: () => gate.resolve(),
    async handler({ job }) {
      begun.push(Number(job.data['n']));
      await gate.promise;
    },
  };
}

describe('calls that jobs share', function () {
  this.timeout(40_000);

  it('are answered by several workers, when one has no room for all of their jobs', async () => {
    const fixture = await openTestJobs();
    try {
      const [one, other] = [await fixture.open(), await fixture.open()];
      await one.jobs.enqueue(many(6));
      const [first, second] = [held(), held()];
      await one.jobs.work('q', first.handler, { concurrency: 2 });
      await waitFor('two to begin', () => first.begun.length === 2);
      await other.jobs.work('q', second.handler, { concurrency: 3 });
      await waitFor('three to begin elsewhere', () => second.begun.length === 3);
      assert.equal(first.begun.length, 2, 'no more than there is room for');
      first.letGo();
      second.letGo();
      await waitFor('the last to begin', () => first.begun.length + second.begun.length === 6);
      const begun = [...first.begun, ...second.begun];
      assert.deepEqual(new Set(begun), new Set([0, 1, 2, 3, 4, 5]), 'each once');
    } finally {
      await fixture.close();
    }
  });

  it('keep their jobs in order, although what finds no room is put back', async () => {
    const fixture = await openTestJobs();
    try {
      const { jobs } = await fixture.open();
      await jobs.enqueue(many(20));
      const begun: number[] = [];
      await jobs.work(
        'q',
        async ({ job }) => {
          begun.push(Number(job.data['n']));
          await new Promise((resolve) => setTimeout(resolve, 15));
        },
        { concurrency: 1 },
      );
      await waitFor('all to be done', () => begun.length === 20);
      assert.deepEqual(
        begun,
        Array.from({ length: 20 }, (_, n) => n),
      );
    } finally {
      await fixture.close();
    }
  });

  it('are made anew, a call for each job that still waits, when Redis forgot them', async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
    const fixture = await openTestJobs(undefined, log);
    try {
      const { jobs } = await fixture.open();
      const redis = new Redis(fixture.redisUrl);
      await jobs.enqueue(many(8));
      await waitFor(
        'the call to be there',
        async () => (await redis.keys(`${quick.prefix}:q:*-p`)).length === 1,
      );
      assert.deepEqual(warnings, [], 'a Redis that is seen for the first time has forgotten nothing');
      await redis.flushdb();
      redis.disconnect();
      const begun: number[] = [];
      await jobs.work('q', async ({ job }) => void begun.push(Number(job.data['n'])));
      await waitFor('all to be done', () => begun.length >= 8);
      assert.equal(new Set(begun).size, 8);
      await waitFor('a warning', () => warnings.length > 0);
      assert.match(warnings.join('\n'), /^Redis had forgotten jobs/);
    } finally {
      await fixture.close();
    }
  });

  it('give back what was claimed ahead, when quick jobs turn slow', async () => {
    const fixture = await openTestJobs();
    try {
      const [one, other] = [await fixture.open(), await fixture.open()];
      const slow = held();
      let done = 0;
      await one.jobs.work(
        'q',
        async (context) => {
          if (context.job.data['slow'] === true) return slow.handler(context);
          done++;
        },
        { concurrency: 2 },
      );
      await one.jobs.enqueue(many(100));
      await waitFor('the quick ones to be done', () => done === 100);
      await one.jobs.enqueue(many(8).map((job) => ({ ...job, data: { ...job.data, slow: true } })));
      await waitFor('two to begin', () => slow.begun.length === 2);
      await waitFor(
        'the others to be given back',
        async () => (await one.control.list({ state: 'active' })).length === 2,
      );
      const elsewhere: number[] = [];
      await other.jobs.work('q', async ({ job }) => void elsewhere.push(job.attempt), { concurrency: 2 });
      await waitFor('the others to be done elsewhere', () => elsewhere.length === 6);
      assert.deepEqual(new Set(elsewhere), new Set([1]), 'what was not begun used up no attempt');
      slow.letGo();
    } finally {
      await fixture.close();
    }
  });
});
