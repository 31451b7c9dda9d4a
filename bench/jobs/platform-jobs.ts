import { createKernel } from '@agent-factory/kernel';
import type { PluginEntry } from '@agent-factory/sdk';
import { JobControl, Jobs } from '@agent-factory/sdk/contracts';
import type { Load, OpenSubject, Places } from './queue-subject.ts';

const queue = 'bench';

/** A platform that has nothing but storage and jobs. */
function platformJobs(pluginsOf: (places: Places) => readonly (string | PluginEntry)[]): OpenSubject {
  return async (places) => {
    const config = {
      name: 'bench',
      dataDir: places.folder,
      log: { level: 'warn', format: 'json' } as const,
      plugins: pluginsOf(places),
    };
    const kernel = createKernel({ config, baseDir: places.folder, lock: false, env: {} });
    await kernel.start();
    const jobs = kernel.use(Jobs);
    // What is measured carries a load alone.
    const dataOf = ({ n, at }: Load) => ({ queue, data: { n, at } });
    return {
      addOne: (load) => jobs.enqueue([dataOf(load)]),
      addMany: (loads) => jobs.enqueue(loads.map(dataOf)),
      work: (handler, concurrency) =>
        jobs.work(queue, ({ job }) => handler({ n: Number(job.data['n']), at: Number(job.data['at']) }), {
          concurrency,
        }),
      async completed() {
        const stats = await kernel.use(JobControl).stats();
        return stats.find((each) => each.queue === queue)?.counts.completed ?? 0;
      },
      close: () => kernel.close(),
    };
  };
}

const sqlite = '@agent-factory/plugin-storage-sqlite';
const postgres = ({ postgres: url }: Places): PluginEntry => ({
  use: '@agent-factory/plugin-storage-postgres',
  config: { url },
});

/** Jobs in the SQLite storage, nothing else. */
export const localJobs: OpenSubject = platformJobs(() => [sqlite, '@agent-factory/plugin-jobs-local']);

/** The same on PostgreSQL. */
export const localJobsOnPostgres: OpenSubject = platformJobs((places) => [
  postgres(places),
  '@agent-factory/plugin-jobs-local',
]);

/** Jobs by BullMQ, with PostgreSQL as the storage. */
export const bullmqJobs: OpenSubject = platformJobs((places) => [
  postgres(places),
  { use: '@agent-factory/plugin-jobs-bullmq', config: { url: places.redis } },
]);

/** The same with SQLite as the storage. */
export const bullmqJobsOnSqlite: OpenSubject = platformJobs(({ redis: url }) => [
  sqlite,
  { use: '@agent-factory/plugin-jobs-bullmq', config: { url } },
]);

/** Jobs by pg-boss in the PostgreSQL storage. */
export const pgbossJobs: OpenSubject = platformJobs((places) => [
  postgres(places),
  { use: '@agent-factory/plugin-jobs-pgboss', config: { url: places.postgres } },
]);
