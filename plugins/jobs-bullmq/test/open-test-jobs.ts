import type { Lease, Logger } from '@agent-factory/sdk';
import { Secret } from '@agent-factory/sdk';
import { readMigrations, Storage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type JobsFixture, type JobsProcess, silentLog } from '@agent-factory/sdk/testing';
import { freshRedis } from '@agent-factory/test-servers';
import { createBullmqJobs } from '../src/bullmq-jobs.ts';
import { openRedisLink } from '../src/redis-link.ts';

/** A hold that nobody ends. */
export function testLease(): Lease {
  return { generation: 'test', signal: new AbortController().signal, run: (work) => work(), release() {} };
}

/** Times short enough for tests. */
export const quick = { prefix: 'test', leaseMs: 600, checkMs: 100, keepDays: 1 } as const;

/** A storage with this plugin's tables. */
export async function openTestStorage(
  plugin: string | { readonly use: string; readonly config: Readonly<Record<string, string>> },
): Promise<{ readonly storage: Storage; close(): Promise<void> }> {
  const kernel = await bootTestKernel({ plugins: [plugin] });
  const storage = kernel.use(Storage);
  const folder = new URL('../migrations', import.meta.url);
  await storage.migrate('jobs-bullmq', readMigrations(folder, storage.dialect, 'platform'));
  return { storage, close: () => kernel.close() };
}

/** Engines that share a fresh Redis and one storage. */
export async function openTestJobs(
  plugin: Parameters<typeof openTestStorage>[0] = '@agent-factory/plugin-storage-sqlite',
  log: Logger = silentLog,
): Promise<JobsFixture & { readonly redisUrl: string }> {
  const [redis, { storage, close }] = await Promise.all([freshRedis(), openTestStorage(plugin)]);
  const processes: JobsProcess[] = [];
  return {
    redisUrl: redis.url,
    async open({ role = 'all', silent = false } = {}) {
      const link = await openRedisLink(new Secret(redis.url), silentLog);
      const engine = createBullmqJobs({
        ...quick,
        storage,
        link,
        role,
        silent,
        log,
        lease: testLease,
      });
      const stop = engine.start();
      let closing: Promise<void> | undefined;
      const process: JobsProcess = {
        jobs: engine.jobs,
        control: engine.control,
        schedules: engine.schedules,
        erase: (tenant) => engine.eraser.erase(tenant),
        storage,
        close: () =>
          (closing ??= (async () => {
            await stop();
            await engine.close(100);
            await link.close();
          })()),
      };
      processes.push(process);
      return process;
    },
    async close() {
      await Promise.all(processes.map((process) => process.close()));
      await close();
      await redis.close();
    },
  };
}
