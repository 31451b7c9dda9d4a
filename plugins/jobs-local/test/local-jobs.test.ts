import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAgentFactoryError, type Lease } from '@agent-factory/sdk';
import { storageErrors, type Storage } from '@agent-factory/sdk/contracts';
import { silentLog, waitFor } from '@agent-factory/sdk/testing';
import { createJobIds } from '../src/job-ids.ts';
import { openLease, openTestJobs, type Engine, type TestJobs } from './open-test-jobs.ts';

const engines: readonly Engine[] = ['sqlite', 'postgres'];
const day = 24 * 3_600_000;

for (const engine of engines) {
  describe(`jobs-local in its own ways, on ${engine}`, function () {
    this.timeout(30_000);
    let back: TestJobs;
    beforeEach(async () => {
      back = await openTestJobs(engine);
    });
    afterEach(() => back.close());

    it('begins jobs of this process at once, without waiting for the next look', async () => {
      const { jobs, control, storage } = await back.open({ config: { pollMs: 60_000 } });
      await jobs.work('q', async () => 'done');
      await sleep(50);
      const [id = ''] = await jobs.enqueue([{ queue: 'q', data: {} }]);
      await waitFor('it', async () => (await control.get(id))?.state === 'completed');
      const [late = ''] = await jobs.enqueue([{ queue: 'q', data: {}, delayMs: 100 }]);
      await waitFor('the delayed one', async () => (await control.get(late))?.state === 'completed');
      const inside = await storage.transaction(async (tx) => {
        const [first = ''] = await jobs.enqueue([{ queue: 'q', data: {} }], { tx });
        await sleep(30);
        return first;
      });
      await waitFor(
        'the one of a transaction',
        async () => (await control.get(inside))?.state === 'completed',
      );
    });

    it('holds the generation that serves while a handler works, and gives it back', async () => {
      const held: string[] = [];
      const lease = (): Lease => ({
        ...openLease(),
        run(work) {
          held.push('run');
          return work();
        },
        release: () => void held.push('release'),
      });
      const { jobs } = await back.open({ lease });
      await jobs.work('q', async () => void held.push('work'));
      await jobs.enqueue([{ queue: 'q', data: {} }]);
      await waitFor('the release', () => held.includes('release'));
      assert.deepEqual(held, ['run', 'work', 'release']);
    });

    it('gives a job back when its generation must end', async () => {
      const end = new AbortController();
      const lease = (): Lease => ({ ...openLease(), signal: end.signal });
      const { jobs, control } = await back.open({ lease });
      let signal: AbortSignal | undefined;
      const worker = await jobs.work('q', async (context) => {
        signal = context.signal;
        await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      });
      const [id = ''] = await jobs.enqueue([{ queue: 'q', data: {}, attempts: 1 }]);
      await waitFor('it to begin', () => signal);
      void worker.close();
      end.abort();
      await waitFor('it to come back', async () => (await control.get(id))?.state === 'waiting');
      assert.equal((await control.get(id))?.attempt, 0);
      assert.ok(isAgentFactoryError(signal?.reason, 'AF_JOBS_CLOSED'));
    });

    it('lets a job die that lost its worker as often as it may be tried', async () => {
      const silent = await back.open({ silent: true });
      const { jobs, control } = await back.open();
      const [id = ''] = await jobs.enqueue([{ queue: 'q', data: {}, attempts: 1 }]);
      let begun = false;
      const worker = await silent.jobs.work('q', async ({ signal }) => {
        begun = true;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      });
      await waitFor('it to begin', () => begun);
      void worker.close();
      await jobs.work('q', async () => assert.fail('it has no attempts left'));
      const job = await waitFor('it to die', async () => {
        const found = await control.get(id);
        return found?.state === 'dead' && found;
      });
      assert.equal(job.error?.code, 'AF_JOB_LOST');
    });

    it('writes how a job ended when the database can be written to again', async () => {
      let failures = 3;
      const busy = (sql: string): boolean => sql.includes("IN ('completed', 'dead')") && failures-- > 0;
      const locked = (): Error =>
        storageErrors.AF_STORAGE_LOCKED({ database: 'test', ms: 1, reason: 'busy' });
      const flaky = (storage: Storage): Storage => ({
        ...storage,
        query: (sql, params) => (busy(sql) ? Promise.reject(locked()) : storage.query(sql, params)),
        batch: (statements, options) =>
          statements.some(({ sql }) => busy(sql))
            ? Promise.reject(locked())
            : storage.batch(statements, options),
      });
      const { jobs, control } = await back.open({ storage: flaky, config: { leaseMs: 10_000 } });
      let times = 0;
      await jobs.work('q', async () => ++times);
      const [id = ''] = await jobs.enqueue([{ queue: 'q', data: {} }]);
      await waitFor('it', async () => (await control.get(id))?.state === 'completed');
      assert.equal(times, 1);
      assert.ok(failures < 0);
    });

    it('removes what ended long ago, and keeps children as long as somebody may want their results', async () => {
      const {
        jobs,
        control,
        storage,
        engine: local,
      } = await back.open({ config: { keepMs: day, keepDeadMs: 2 * day } });
      await jobs.work('q', async ({ job }) => {
        if (job.data['dies']) throw Object.assign(new Error('dies'), { retryable: false });
      });
      const [blocked = '', recent = '', dead = ''] = await jobs.enqueue([
        { queue: 'later', data: {}, children: [{ queue: 'q', data: {} }] },
        { queue: 'later', data: {} },
        { queue: 'q', data: { dies: true } },
        ...Array.from({ length: 600 }, () => ({ queue: 'q', data: {} })),
      ]);
      await waitFor('the others to be done', async () => {
        const stats = await control.stats();
        return stats.find(({ queue }) => queue === 'q')?.counts.completed === 601;
      });
      await control.cancel(recent);
      const run = (): Promise<object> =>
        local.sweep.run({ signal: new AbortController().signal, log: silentLog });
      assert.deepEqual(await run(), { removed: 0 });
      const age =
        'UPDATE af_jobs_local_jobs SET ended_at = ended_at - ? WHERE ended_at IS NOT NULL AND id <> ?';
      await storage.execute(age, [day + 60_000, recent]);
      assert.deepEqual(await run(), { removed: 600 });
      assert.equal((await control.list()).length, 4, 'a parent, its child, a dead one, a cancelled one');
      await storage.execute(age, [day, recent]);
      assert.deepEqual(await run(), { removed: 1 });
      assert.equal(await control.get(dead), undefined);
      await control.cancel(blocked);
      await storage.execute(age, [2 * day, '']);
      assert.deepEqual(await run(), { removed: 2 });
      assert.deepEqual(await run(), { removed: 1 });
      assert.deepEqual(await control.list(), []);
    });

    it('finds the tenants with room past a backlog of one without', async () => {
      const { jobs } = await back.open();
      const seen: string[] = [];
      let release = (): void => {};
      const gate = new Promise<void>((resolve) => (release = resolve));
      await jobs.enqueue(
        Array.from({ length: 2000 }, () => ({ queue: 'q', tenant: 'big', data: {}, priority: 99 })),
      );
      await jobs.enqueue(Array.from({ length: 50 }, (_, n) => ({ queue: 'q', tenant: `t${n}`, data: {} })));
      const worker = await jobs.work(
        'q',
        async ({ job }) => {
          seen.push(job.tenant);
          if (job.tenant === 'big') await gate;
        },
        { perTenant: { concurrency: 2 } },
      );
      await waitFor('the small ones', () => new Set(seen).size === 51);
      assert.equal(seen.filter((tenant) => tenant === 'big').length, 2);
      const closing = worker.close();
      release();
      await closing;
    });
  });
}

describe('jobs-local, told by signals', function () {
  this.timeout(30_000);

  it('begins and cancels jobs of other processes without waiting for the next look', async () => {
    const back = await openTestJobs('postgres');
    try {
      const slow = { pollMs: 60_000, heartbeatMs: 20_000, leaseMs: 60_000 };
      const worker = await back.open({ config: slow });
      const { jobs, control, storage } = await back.open({ config: slow });
      const signals: AbortSignal[] = [];
      await worker.jobs.work('q', async ({ signal }) => {
        signals.push(signal);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      });
      await sleep(100);
      const [id = ''] = await jobs.enqueue([{ queue: 'q', data: {} }]);
      await waitFor('it to begin', () => signals.length === 1);
      await control.cancel(id);
      await waitFor('the signal', () => signals[0]?.aborted);
      await storage.transaction((tx) => jobs.enqueue([{ queue: 'q', data: {} }], { tx }));
      await waitFor('the one of a transaction', () => signals.length === 2);
    } finally {
      await back.close();
    }
  });
});

describe('job ids', () => {
  it('grow with the clock of the database, and never shrink when it is set back', () => {
    const ids = createJobIds(Date.now() + 3_600_000);
    const other = createJobIds(Date.now());
    const made = [other.next(), ids.next()];
    for (let n = 0; n < 1000; n++) made.push(ids.next());
    ids.sync(Date.now() - 3_600_000);
    for (let n = 0; n < 40_000; n++) made.push(ids.next());
    assert.deepEqual(made, made.toSorted());
    assert.equal(new Set(made).size, made.length);
  });
});
