import { PgBoss } from 'pg-boss';
import type { Load, OpenSubject } from './queue-subject.ts';

/** pg-boss with notifications, and polling short enough that a backlog does not wait for it. */
export const barePgboss: OpenSubject = async ({ postgres }) => {
  const boss = new PgBoss({ connectionString: postgres, max: 10, useListenNotify: true, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('bench', { notify: true, retryLimit: 4 });
  return {
    addOne: (data) => boss.send('bench', data),
    addMany: (loads) =>
      boss.insert(
        'bench',
        loads.map((data) => ({ data })),
      ),
    async work(handler, concurrency) {
      await boss.work<Load>(
        'bench',
        {
          localConcurrency: concurrency / 2,
          batchSize: 2,
          burstWhenBatchFull: true,
          pollingIntervalSeconds: 0.5,
          notifyPollingIntervalSeconds: 0.5,
        },
        async (jobs) => {
          await Promise.all(jobs.map(({ data }) => handler(data)));
        },
      );
    },
    async completed() {
      const { rows } = await boss
        .getDb()
        .executeSql(
          "SELECT count(*)::int AS n FROM pgboss.job WHERE name = 'bench' AND state = 'completed'",
          [],
        );
      return Number(rows[0]?.n ?? 0);
    },
    close: () => boss.stop({ graceful: false }),
  };
};
