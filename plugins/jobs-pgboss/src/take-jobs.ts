import type { WorkOptions } from '@agent-factory/sdk/contracts';
import type { JobWithMetadata } from 'pg-boss';
import { schema, type BossLink } from './boss-link.ts';
import type { Envelope } from './job-rows.ts';
import { createRateWindows } from './rate-windows.ts';

/** What was taken, and when to look again. */
export interface Taken {
  readonly jobs: readonly JobWithMetadata<Envelope>[];
  /** Milliseconds until there may be more; Infinity when nothing is known to come. */
  readonly nextMs: number;
}

const none: readonly JobWithMetadata<Envelope>[] = [];

/** Takes jobs of a queue, in the order of the contract and within its limits. */
export function createTaker(
  link: BossLink,
  queue: string,
  perTenant: WorkOptions['perTenant'],
): (most: number) => Promise<Taken> {
  const { boss, query } = link;
  const windows = perTenant?.rate && createRateWindows(link, queue, perTenant.rate);
  const { concurrency } = perTenant ?? {};

  /** How long until the next delayed job of the queue is due. */
  const nextDue = async (): Promise<number> => {
    const due = (state: string): string =>
      `(SELECT start_after FROM ${schema}.job WHERE name = $1 AND state = '${state}' AND NOT blocked
        AND start_after > clock_timestamp() ORDER BY start_after LIMIT 1)`;
    const [row] = await query<{ wait: number | null }>(
      `SELECT (extract(epoch FROM least(${due('created')}, ${due('retry')}) - clock_timestamp()) * 1000)::float8 AS wait`,
      [queue],
    );
    return Math.max(1, Math.ceil(row?.wait ?? Infinity));
  };

  return async (most) => {
    let nextMs = Infinity;
    const jobs = await link
      .transaction(async (db) => {
        const taken: JobWithMetadata<Envelope>[] = [];
        if (!perTenant)
          taken.push(...(await boss.fetch<Envelope>(queue, { includeMetadata: true, batchSize: most, db })));
        else {
          // Limits over all processes are only kept by looking at them one after the other; and pg-boss ranks a
          // tenant's jobs by priority only when it is asked for one at a time.
          await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schema}.${queue}`], db);
          while (taken.length < most) {
            const full = await windows?.full(db);
            const [job] = await boss.fetch<Envelope>(queue, {
              includeMetadata: true,
              batchSize: 1,
              db,
              ...(concurrency !== undefined && { groupConcurrency: concurrency }),
              ...(full && full.tenants.length > 0 && { ignoreGroups: [...full.tenants] }),
            });
            if (full) nextMs = Math.min(nextMs, full.nextMs);
            if (!job) break;
            taken.push(job);
            await windows?.use(db, job.groupId ?? '');
          }
        }
        // Looked at after taking: a pause that was acknowledged before is seen, and what was taken is undone.
        const [state] =
          taken.length === 0
            ? []
            : await query<{ paused: boolean }>(
                `SELECT paused FROM ${schema}.af_queues WHERE name = $1`,
                [queue],
                db,
              );
        if (state?.paused) throw new PausedError();
        return taken;
      })
      .catch((error: unknown) => {
        if (error instanceof PausedError) return none;
        throw error;
      });
    if (jobs.length === 0) nextMs = Math.min(nextMs, await nextDue());
    const order = jobs.toSorted(
      (a, b) =>
        b.priority - a.priority || a.createdOn.getTime() - b.createdOn.getTime() || (a.id < b.id ? -1 : 1),
    );
    return { jobs: order, nextMs };
  };
}

/** Rolls the taking back; never leaves this file. */
class PausedError extends Error {}
