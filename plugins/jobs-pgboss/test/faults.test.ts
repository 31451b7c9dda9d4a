import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobControl, Jobs, type NewJob } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { freshPostgres, startPostgres, type FreshPostgres } from '@agent-factory/test-servers';
import { startWorker } from './child-worker.ts';

const folder = dirname(import.meta.dirname);
const many = (count: number): readonly NewJob[] =>
  Array.from({ length: count }, (_, n) => ({ queue: 'q', data: { n }, attempts: 20 }));
const pluginsOn = (
  url: string,
): readonly { readonly use: string; readonly config: Record<string, string | number> }[] => [
  { use: '@agent-factory/plugin-storage-postgres', config: { url } },
  { use: folder, config: { url, heartbeatSeconds: 2, pollMs: 100 } },
];

async function until(what: string, ask: () => boolean | Promise<boolean>, ms = 40_000): Promise<void> {
  for (const end = performance.now() + ms; !(await ask()); await sleep(20))
    assert.ok(performance.now() < end, `waited ${ms} ms for ${what}`);
}

const allDone = (control: JobControl, count: number) => async (): Promise<boolean> =>
  (await control.stats()).find(({ queue }) => queue === 'q')?.counts.completed === count;

describe('faults of jobs-pgboss', function () {
  this.timeout(90_000);

  let database: FreshPostgres;
  const kernels: TestKernel[] = [];

  const boot = async (url = database.url): Promise<{ jobs: Jobs; control: JobControl }> => {
    const kernel = await bootTestKernel({ plugins: pluginsOn(url) });
    kernels.push(kernel);
    return { jobs: kernel.use(Jobs), control: kernel.use(JobControl) };
  };

  beforeEach(async () => {
    database = await freshPostgres();
  });

  afterEach(async () => {
    for (const kernel of kernels.splice(0)) await kernel.close();
    await database.close();
  });

  it('gives the jobs of a killed worker to another', async () => {
    const child = await startWorker(pluginsOn(database.url), 60_000);
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

  it('lets what waits for a job die whose last worker was killed', async () => {
    const child = await startWorker(pluginsOn(database.url), 60_000);
    const { jobs, control } = await boot();
    const [id = ''] = await jobs.enqueue([
      { queue: 'above', data: {}, children: [{ queue: 'q', data: {}, attempts: 1 }] },
    ]);
    await until('the child to be at work', () => child.lines.length >= 2);
    await child.kill('SIGKILL');
    await until('it to die', async () => (await control.get(id))?.state === 'dead');
    assert.equal((await control.get(id))?.error?.code, 'AF_JOB_CHILD_FAILED');
    const [below] = await control.list({ queue: 'q' });
    assert.deepEqual([below?.state, below?.error?.code], ['dead', 'AF_JOB_LOST']);
  });

  it('refuses what a worker gives that stood still and woke up', async () => {
    const child = await startWorker(pluginsOn(database.url), 2500);
    try {
      const { jobs, control } = await boot();
      const [id = ''] = await jobs.enqueue(many(1));
      await until('it to be at work', () => child.lines.length >= 2);
      await child.kill('SIGSTOP');
      await jobs.work('q', async () => {
        await sleep(4000);
        return 'second';
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

  it('goes on when PostgreSQL is killed and restarted in the middle', async () => {
    const server = await startPostgres();
    try {
      const { jobs, control } = await boot(server.url);
      await jobs.enqueue(many(60));
      const done = new Set<string>();
      await jobs.work('q', async ({ job }) => {
        await sleep(10);
        done.add(job.id);
      });
      await until('some to be done', () => done.size > 10);
      await server.kill('SIGKILL');
      await assert.rejects(jobs.enqueue(many(1)), (error) => {
        assert.ok(error instanceof Error && 'code' in error);
        assert.equal(error.code, 'AF_JOBS_UNAVAILABLE');
        assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${server.port}`));
        return true;
      });
      await server.start();
      await until('all to be done', () => allDone(control, 60)().catch(() => false));
      assert.equal(done.size, 60);
      for (const kernel of kernels.splice(0)) await kernel.close();
    } finally {
      await server.stop();
    }
  });
});
