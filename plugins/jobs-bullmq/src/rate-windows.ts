import type { Sql } from '@agent-factory/sdk/contracts';

/** What a tenant may still begin now. */
interface RateWindow {
  readonly free: number;
  /** Milliseconds until there is room for another. */
  readonly nextMs: number;
  /** Counts jobs that begin now. */
  use(jobs: number): Promise<void>;
}

/** The begun jobs of each tenant of a queue, kept in SQL. The caller holds the queue's lock. */
export interface RateWindows {
  open(tx: Sql, tenant: string, now: number): Promise<RateWindow>;
}

/** Keeps to at most `count` in any stretch of `periodMs`. */
export function createRateWindows(
  queue: string,
  { count, periodMs }: { readonly count: number; readonly periodMs: number },
): RateWindows {
  return {
    async open(tx, tenant, now) {
      const [row] = await tx.query<{ begun: string }>(
        'SELECT begun FROM af_jobs_bullmq_rates WHERE queue = ? AND tenant = ?',
        [queue, tenant],
      );
      const times = JSON.parse(row?.begun ?? '[]') as readonly number[]; // written below
      const begun = times.filter((time) => time > now - periodMs);
      return {
        free: count - begun.length,
        nextMs: Math.max(1, (begun[0] ?? now) + periodMs - now),
        async use(jobs) {
          if (jobs === 0) return;
          for (let used = 0; used < jobs; used++) begun.push(now);
          await tx.execute(
            `INSERT INTO af_jobs_bullmq_rates (queue, tenant, begun) VALUES (?, ?, ?)
              ON CONFLICT (queue, tenant) DO UPDATE SET begun = excluded.begun`,
            [queue, tenant, JSON.stringify(begun)],
          );
        },
      };
    },
  };
}
