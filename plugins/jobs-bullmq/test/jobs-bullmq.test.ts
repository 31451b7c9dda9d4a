import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createKernel } from '@agent-factory/kernel';
import { JobControl, Jobs, JobSchedules, MaintenanceTask } from '@agent-factory/sdk/contracts';
import { bootTestKernel, jobsSuite } from '@agent-factory/sdk/testing';
import { freshPostgres, freshRedis, startRedis } from '@agent-factory/test-servers';
import { openTestJobs, quick } from './open-test-jobs.ts';

const folder = dirname(import.meta.dirname);
const sqlite = '@agent-factory/plugin-storage-sqlite';

describe('jobs-bullmq', function () {
  this.timeout(40_000);

  const facts = { lostWithinMs: quick.leaseMs + quick.checkMs * 3 };

  describe('as an engine of jobs, with SQLite', () => {
    for (const { name, run } of jobsSuite(() => openTestJobs(sqlite), facts)) it(name, run);
  });

  describe('as an engine of jobs, with PostgreSQL', () => {
    const suite = jobsSuite(async () => {
      const { url, close } = await freshPostgres();
      const fixture = await openTestJobs({ use: '@agent-factory/plugin-storage-postgres', config: { url } });
      return { open: fixture.open, close: () => fixture.close().then(close) };
    }, facts);
    for (const { name, run } of suite) it(name, run);
  });

  describe('as a plugin', () => {
    const refusal = async (url: string): Promise<string> => {
      const booted = bootTestKernel({ plugins: [sqlite, { use: folder, config: { url } }] });
      const error: unknown = await booted.then(
        (kernel) => kernel.close().then(() => assert.fail('it started')),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof Error);
      const cause = error.cause instanceof Error ? `${error.cause.message}` : '';
      return `${error.message} ${cause}`;
    };

    it('provides jobs, their control and schedules, and what keeps them tidy', async () => {
      const redis = await freshRedis();
      const kernel = await bootTestKernel({ plugins: [sqlite, { use: folder, config: { url: redis.url } }] });
      try {
        const [id = ''] = await kernel.use(Jobs).enqueue([{ queue: 'q', data: {} }]);
        const worked = Promise.withResolvers<string>();
        await kernel.use(Jobs).work('q', async ({ job }) => worked.resolve(job.id));
        assert.equal(await worked.promise, id);
        assert.deepEqual(await kernel.use(JobSchedules).list(), []);
        const context = { signal: new AbortController().signal, log: console } as never; // tasks of this plugin do not log
        const tasks = kernel.all(MaintenanceTask).map(({ value }) => value);
        assert.deepEqual(tasks.map(({ name }) => name).sort(), [
          'jobs-bullmq-reconcile',
          'jobs-bullmq-retention',
        ]);
        for (const task of tasks) await task.run(context);
        assert.ok(await kernel.use(JobControl).get(id), 'young jobs are kept');
      } finally {
        await kernel.close();
        await redis.close();
      }
    });

    it('leaves nothing behind when the platform ends', async () => {
      const redis = await freshRedis();
      const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-ends-'));
      const logged: string[] = [];
      const kernel = createKernel({
        config: {
          name: 'ends',
          dataDir,
          log: { level: 'warn' },
          plugins: [sqlite, { use: folder, config: { url: redis.url } }],
        },
        baseDir: dataDir,
        env: {},
        lock: false,
        writeLog: (line) => logged.push(line),
      });
      await kernel.start();
      const worked = Promise.withResolvers<void>();
      await kernel.use(Jobs).work('q', async () => worked.resolve());
      await kernel.use(Jobs).enqueue([{ queue: 'q', data: {} }]);
      await worked.promise;
      await kernel.close();
      assert.deepEqual(
        logged.filter((line) => line.includes(' left ')),
        [],
      );
      await redis.close();
      await rm(dataDir, { recursive: true });
    });

    it('says which server cannot be reached, without the password', async () => {
      const { port, stop } = await startRedis();
      await stop();
      const text = await refusal(`redis://me:hidden-word@127.0.0.1:${port}/0`);
      assert.match(text, new RegExp(`127\\.0\\.0\\.1:${port}/0: .*ECONNREFUSED`));
      assert.ok(!text.includes('hidden-word'));
    });

    it('says that the credentials are wrong, without the password', async () => {
      const server = await startRedis({ args: ['--requirepass', 'right-word'] });
      try {
        const text = await refusal(server.url.replace('redis://', 'redis://:hidden-word@'));
        assert.match(text, /WRONGPASS/);
        assert.ok(!text.includes('hidden-word'));
        assert.match(await refusal(server.url), /NOAUTH/);
      } finally {
        await server.stop();
      }
    });

    it('refuses a Redis that is too old, and says which it needs', async () => {
      const redis = await freshRedis();
      const { hostname, port } = new URL(redis.url);
      // The real server behind a wire that makes it older by its word alone.
      const wire = createServer((client) => {
        const behind = connect(Number(port), hostname);
        client.pipe(behind);
        behind.on('data', (data) => {
          client.write(data.toString('latin1').replace(/redis_version:\d/, 'redis_version:5'), 'latin1');
        });
        client.on('error', () => behind.destroy()).on('close', () => behind.destroy());
        behind.on('error', () => client.destroy());
      }).listen(0, '127.0.0.1');
      await once(wire, 'listening');
      const address = wire.address() as AddressInfo; // of a TCP server
      try {
        const text = await refusal(`redis://127.0.0.1:${address.port}`);
        assert.match(text, /its version is 5\.\S+, and 6\.2 or newer is needed/);
      } finally {
        wire.close();
        await redis.close();
      }
    });

    it('refuses a Redis that drops keys when it is full', async () => {
      const server = await startRedis({
        args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'],
      });
      try {
        assert.match(await refusal(server.url), /drops keys when it is full .*allkeys-lru/);
      } finally {
        await server.stop();
      }
    });
  });
});
