import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret, type Lease } from '@agent-factory/sdk';
import type { Storage } from '@agent-factory/sdk/contracts';
import { silentLog, waitFor } from '@agent-factory/sdk/testing';
import { freshRedis } from '@agent-factory/test-servers';
import { createBullmqJobs, type BullmqJobs, type BullmqJobsOptions } from '../src/bullmq-jobs.ts';
import { openRedisLink } from '../src/redis-link.ts';
import { openTestStorage, quick, testLease } from './open-test-jobs.ts';

/** Engines that share a fresh Redis and one storage. Nobody looks for what was forgotten. */
interface Engines {
  readonly storage: Storage;
  open(options?: Partial<BullmqJobsOptions>): Promise<BullmqJobs>;
  close(): Promise<void>;
}

async function openEngines(): Promise<Engines> {
  const [redis, { storage, close }] = await Promise.all([
    freshRedis(),
    openTestStorage('@agent-factory/plugin-storage-sqlite'),
  ]);
  const ends: (() => Promise<void>)[] = [];
  return {
    storage,
    async open(options = {}) {
      const link = await openRedisLink(new Secret(redis.url), silentLog);
      const parts = { ...quick, storage, link, log: silentLog, lease: testLease, ...options };
      const engine = createBullmqJobs({ role: 'all', ...parts });
      ends.push(() => engine.close().then(() => link.close()));
      return engine;
    },
    async close() {
      for (const end of ends) await end();
      await close();
      await redis.close();
    },
  };
}

/** Timers that keep the process alive. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

describe('a worker', function () {
  this.timeout(40_000);

  it('gives a job back that it cannot begin, and the attempt does not count', async () => {
    const { open, close } = await openEngines();
    try {
      let asked = 0;
      const lease = (): Lease => {
        asked += 1;
        if (asked === 1) throw new Error('a newer generation serves');
        return testLease();
      };
      const { jobs } = await open({ lease });
      const begun = Promise.withResolvers<number>();
      await jobs.work('q', async ({ job }) => begun.resolve(job.attempt));
      await jobs.enqueue([{ queue: 'q', data: {} }]);
      assert.equal(await begun.promise, 1);
      assert.equal(asked, 2);
    } finally {
      await close();
    }
  });

  it('ends after the timers of its connections', async () => {
    const { open, close } = await openEngines();
    try {
      const { jobs } = await open();
      const begun = Promise.withResolvers<void>();
      const before = timers();
      const worker = await jobs.work('q', async () => begun.resolve());
      await jobs.enqueue([{ queue: 'q', data: {} }]);
      await begun.promise;
      await worker.close();
      assert.equal(timers(), before);
    } finally {
      await close();
    }
  });

  it('leaves a call to others when it is out of touch and SQL cannot be asked', async () => {
    const { storage, open, close } = await openEngines();
    const gate = Promise.withResolvers<void>();
    try {
      let refused = 0;
      const refuse = (): Promise<never> => {
        refused += 1;
        return Promise.reject(new Error('away'));
      };
      const cutOff: Storage = {
        ...storage,
        query: (sql, params) =>
          sql.includes("AND dispatch = ? AND state = 'waiting' RETURNING")
            ? refuse()
            : storage.query(sql, params),
      };
      const [lost, other] = [await open({ storage: cutOff, silent: true }), await open()];
      let begun = 0;
      await lost.jobs.work('q', async () => {
        begun = performance.now();
        await gate.promise;
      });
      await lost.jobs.enqueue([{ queue: 'q', data: {} }]);
      await waitFor('its lease to run out', () => begun > 0 && performance.now() - begun > quick.leaseMs);
      const [second] = await other.jobs.enqueue([{ queue: 'q', data: {} }]);
      await waitFor('the call to be answered', () => refused > 0);
      const elsewhere = Promise.withResolvers<string>();
      await other.jobs.work('q', async ({ job }) => elsewhere.resolve(job.id));
      assert.equal(await elsewhere.promise, second);
    } finally {
      gate.resolve();
      await close();
    }
  });

  it('ends while it has paused itself, when what it was called for is left to others', async () => {
    const { storage, open, close } = await openEngines();
    const [gate, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    try {
      let asked = 0;
      const late: Storage = {
        ...storage,
        async query(sql, params) {
          if (sql.includes("AND dispatch = ? AND state = 'waiting' RETURNING")) {
            asked += 1;
            await slow.promise;
          }
          return storage.query(sql, params);
        },
      };
      const [lost, other] = [await open({ storage: late, silent: true }), await open()];
      let begun = 0;
      await lost.jobs.work('q', async () => {
        begun = performance.now();
        await gate.promise;
      });
      const [first = ''] = await lost.jobs.enqueue([{ queue: 'q', data: {} }]);
      await waitFor('its lease to run out', () => begun > 0 && performance.now() - begun > quick.leaseMs);
      const [second] = await other.jobs.enqueue([{ queue: 'q', data: {} }]);
      await waitFor('it to pause and leave the call to others', () => asked > 0);
      let ended = false;
      const closed = lost.close(20_000).then(() => (ended = true));
      gate.resolve();
      await waitFor(
        'the job at work to end',
        async () => (await other.control.get(first))?.state !== 'active',
      );
      await sleep(200); // enough for an end that would not wait
      assert.equal(ended, false, 'it waits for the call that is being answered');
      slow.resolve();
      await closed;
      assert.equal((await other.control.get(first))?.state, 'completed');
      // Nobody looks for what was forgotten: the call was sent before the end.
      const elsewhere = Promise.withResolvers<string>();
      await other.jobs.work('q', async ({ job }) => elsewhere.resolve(job.id));
      assert.equal(await elsewhere.promise, second);
    } finally {
      gate.resolve();
      slow.resolve();
      await close();
    }
  });
});
