import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobControl, Jobs, type NewJob } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { startPostgres, startRedis, type TestServer } from '@agent-factory/test-servers';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { startWorker } from './child-worker.ts';

const folder = dirname(import.meta.dirname);
const many = (count: number): readonly NewJob[] =>
  Array.from({ length: count }, (_, n) => ({ queue: 'q', data: { n }, attempts: 20 }));

async function until(what: string, ask: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  for (const end = performance.now() + ms; !(await ask()); await sleep(10))
    assert.ok(performance.now() < end, `waited ${ms} ms for ${what}`);
}

describe('faults of jobs-bullmq', function () {
  this.timeout(60_000);

  let redis: TestServer;
  let place: string;
  let plugins: readonly {
    readonly use: string;
    readonly config: Readonly<Record<string, string | number>>;
  }[];
  const kernels: TestKernel[] = [];

  const boot = async (): Promise<{ jobs: Jobs; control: JobControl }> => {
    const kernel = await bootTestKernel({ plugins });
    kernels.push(kernel);
    return { jobs: kernel.use(Jobs), control: kernel.use(JobControl) };
  };

  const usePlugins = (storage: (typeof plugins)[number]): void => {
    plugins = [storage, { use: folder, config: { url: redis.url, leaseMs: 900, checkMs: 100 } }];
  };

  beforeEach(async () => {
    redis = await startRedis();
    place = await mkdtemp(join(tmpdir(), 'agent-factory-bullmq-'));
    usePlugins({ use: '@agent-factory/plugin-storage-sqlite', config: { file: join(place, 'jobs.db') } });
  });

  afterEach(async () => {
    for (const kernel of kernels.splice(0)) await kernel.close();
    await redis.stop();
    await rm(place, { recursive: true, force: true });
  });

  const allDone = (control: JobControl, count: number) => async (): Promise<boolean> =>
    (await control.stats()).find(({ queue }) => queue === 'q')?.counts.completed === count;

  it('does every job it accepted although Redis was killed and came back empty', async () => {
    const { jobs, control } = await boot();
    const seen = new Map<string, number>();
    await jobs.enqueue(many(100));
    await jobs.work('q', async ({ job }) => {
      seen.set(job.id, (seen.get(job.id) ?? 0) + 1);
      await sleep(5);
    });
    await until('some to be done', () => seen.size > 20);
    await redis.kill('SIGKILL');
    const accepted = await jobs.enqueue(many(50));
    assert.equal(accepted.length, 50, 'jobs are accepted while Redis is away');
    await redis.start();
    await until('all to be done', allDone(control, 150));
    assert.equal(seen.size, 150);
    assert.ok(
      [...seen.values()].every((times) => times === 1),
      'none was done twice',
    );
  });

  it('does every job, also those at work and delayed, although everything in Redis was deleted', async () => {
    const { jobs, control } = await boot();
    let begun = 0;
    await jobs.enqueue([...many(60), ...many(10).map((job) => ({ ...job, delayMs: 1500 }))]);
    await jobs.work('q', async () => {
      begun++;
      await sleep(20);
    });
    await until('some to be at work', () => begun > 20);
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    await until('all to be done', allDone(control, 70));
    assert.equal(begun, 70);
  });

  it('keeps a queue paused although Redis forgot it', async () => {
    const { jobs, control } = await boot();
    await jobs.enqueue(many(3));
    await control.pause('q');
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    let begun = 0;
    await jobs.work('q', async () => void begun++);
    await sleep(700);
    assert.equal(begun, 0);
    await control.resume('q');
    await until('all to be done', allDone(control, 3));
  });

  it('ends in time although Redis is away, and leaves nothing behind that was at work', async () => {
    const { jobs } = await boot();
    const [id = ''] = await jobs.enqueue(many(1));
    let begun = 0;
    const worker = await jobs.work('q', ({ signal }) => {
      begun++;
      return sleep(60_000, undefined, { signal });
    });
    await until('it to be at work', () => begun === 1);
    await redis.kill('SIGKILL');
    await worker.close({ timeoutMs: 100 });
    for (const kernel of kernels.splice(0)) await kernel.close();
    await redis.start();
    const next = await boot();
    assert.equal((await next.control.get(id))?.state, 'waiting');
    await next.jobs.work('q', async ({ job }) => job.attempt);
    await until('it to be done', allDone(next.control, 1));
    assert.equal((await next.control.get(id))?.result, 1, 'no attempt was used up');
  });

  it('does a job once whose call is delivered many times', async () => {
    const { jobs, control } = await boot();
    const [id = ''] = await jobs.enqueue(many(1));
    const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    const queue = new Queue('q', { connection, prefix: 'af-jobs' });
    for (let copy = 0; copy < 20; copy++) await queue.add('j', 0, { jobId: `${id}-${copy + 100}` });
    let begun = 0;
    await jobs.work('q', async () => void begun++);
    await until('it to be done', allDone(control, 1));
    await until('every call to be answered', async () => (await queue.count()) === 0);
    await sleep(100);
    await queue.close();
    connection.disconnect();
    assert.equal(begun, 1);
  });

  it('gives the jobs of a killed worker to another', async () => {
    const child = await startWorker(plugins, 60_000);
    const { jobs, control } = await boot();
    const ids = await jobs.enqueue(many(5));
    await until('all to be at work', () => child.lines.length >= 6);
    await child.kill('SIGKILL');
    await jobs.work('q', async ({ fence }) => fence);
    await until('all to be done elsewhere', allDone(control, 5));
    for (const id of ids) {
      const job = await control.get(id);
      assert.deepEqual([job?.result, job?.attempt], [2, 2]);
    }
  });

  it('refuses what a worker gives that stood still and woke up', async () => {
    const child = await startWorker(plugins, 1500);
    try {
      const { jobs, control } = await boot();
      const [id = ''] = await jobs.enqueue(many(1));
      await until('it to be at work', () => child.lines.length >= 2);
      await child.kill('SIGSTOP');
      await jobs.work('q', async ({ signal }) => {
        await sleep(2500);
        return signal.aborted ? 'lost' : 'second';
      });
      await until('another to have it', async () => (await control.get(id))?.attempt === 2);
      await child.kill('SIGCONT');
      await until('the first to end', () => child.lines.some((line) => line.startsWith('ended')));
      await sleep(100);
      assert.equal((await control.get(id))?.state, 'active', 'its result was refused');
      await until('it to be done', allDone(control, 1));
      assert.equal((await control.get(id))?.result, 'second');
    } finally {
      await child.kill('SIGKILL');
    }
  });

  it('goes on when PostgreSQL is restarted in the middle', async () => {
    const postgres = await startPostgres();
    try {
      usePlugins({ use: '@agent-factory/plugin-storage-postgres', config: { url: postgres.url } });
      const { jobs, control } = await boot();
      await jobs.enqueue(many(60));
      const done = new Set<string>();
      await jobs.work('q', async ({ job }) => {
        await sleep(10);
        done.add(job.id);
      });
      await until('some to be done', () => done.size > 10);
      await postgres.kill('SIGKILL');
      await sleep(300);
      await postgres.start();
      await until('all to be done', () => allDone(control, 60)().catch(() => false));
      assert.equal(done.size, 60);
      for (const kernel of kernels.splice(0)) await kernel.close();
    } finally {
      await postgres.stop();
    }
  });
});
