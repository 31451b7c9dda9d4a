import { Secret, type Lease } from '@agent-factory/sdk';
import { Storage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type JobsFixture, type JobsProcess, silentLog } from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';
import { openBossLink } from '../src/boss-link.ts';
import { createPgbossJobs } from '../src/pgboss-jobs.ts';

function testLease(): Lease {
  return { generation: 'test', signal: new AbortController().signal, run: (work) => work(), release() {} };
}

/** Times short enough for tests. */
export const quick = { heartbeatSeconds: 2, pollMs: 200 } as const;

/** A storage on this database. */
async function openTestStorage(url: string): Promise<{ readonly storage: Storage; close(): Promise<void> }> {
  const use = '@agent-factory/plugin-storage-postgres';
  const kernel = await bootTestKernel({ plugins: [{ use, config: { url } }] });
  return { storage: kernel.use(Storage), close: () => kernel.close() };
}

/** Engines that share a fresh database and one storage on it. */
export async function openTestJobs(): Promise<JobsFixture> {
  const database = await freshPostgres();
  const { storage, close } = await openTestStorage(database.url);
  const processes: JobsProcess[] = [];
  return {
    async open({ role = 'all', silent = false } = {}) {
      const link = await openBossLink({
        url: new Secret(database.url),
        poolSize: 5,
        keepDays: 1,
        log: silentLog,
      });
      const engine = createPgbossJobs({
        ...quick,
        storage,
        link,
        role,
        silent,
        log: silentLog,
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
      await database.close();
    },
  };
}
