import type { Sql, WorkOptions } from '@agent-factory/sdk/contracts';
import type { ClaimedRow } from './job-rows.ts';
import { passedRows } from './job-statements.ts';
import type { JobsCore } from './jobs-core.ts';

/** What was handed out to this process. */
export interface Claim {
  /** In the order they are to begin. */
  readonly rows: readonly ClaimedRow[];
  /** After so many milliseconds a tenant's rate allows more. */
  readonly againMs?: number;
}

const noLimit = 1_000_000_000;

/** Takes up to `most` jobs of a queue, within the limits of each tenant. */
export async function claimJobs(
  { storage, sql, config }: Pick<JobsCore, 'storage' | 'sql' | 'config'>,
  queue: string,
  most: number,
  perTenant: WorkOptions['perTenant'],
): Promise<Claim> {
  const { leaseMs } = config;
  if (perTenant === undefined) {
    const rows = await storage.query<ClaimedRow>(sql.claim, [queue, queue, most, leaseMs]);
    return { rows: inOrder(rows) };
  }
  const { concurrency = noLimit, rate } = perTenant;
  const take = async (to: Sql): Promise<Claim> => {
    const limits = [queue, queue, concurrency, queue, rate?.count ?? noLimit, queue, queue];
    const params = [...limits, queue, most, most, leaseMs];
    const rows = inOrder(await to.query<ClaimedRow>(sql.claimLimited, params));
    return rate === undefined ? { rows } : { rows, ...(await keepStarts(to, rows, rate.periodMs)) };
  };

  /** Remembers that they begin, and looks when a rate allows more. */
  const keepStarts = async (
    to: Sql,
    rows: readonly ClaimedRow[],
    periodMs: number,
  ): Promise<{ readonly againMs?: number }> => {
    if (rows.length > 0) {
      const passed = passedRows(storage.dialect, [
        ['r_tenant', 'TEXT'],
        ['r_id', 'TEXT'],
        ['r_fence', 'BIGINT'],
      ]);
      await to.execute(`DELETE FROM af_jobs_local_starts WHERE queue = ? AND counts_until <= ${sql.now}`, [
        queue,
      ]);
      await to.execute(
        `INSERT INTO af_jobs_local_starts (queue, tenant, counts_until, job_id, fence)` +
          ` SELECT CAST(? AS TEXT), r_tenant, ${sql.now} + ?, r_id, r_fence FROM ${passed} WHERE 1 = 1`,
        [queue, periodMs, JSON.stringify(rows.map(({ tenant, id, fence }) => [tenant, id, fence]))],
      );
    }
    if (rows.length === most) return {};
    const [next] = await to.query<{ ms: number | null }>(
      `SELECT MIN(counts_until) - ${sql.now} AS ms FROM af_jobs_local_starts WHERE queue = ? AND counts_until > ${sql.now}`,
      [queue],
    );
    const ms = next?.ms ?? null;
    return ms === null ? {} : { againMs: Math.max(1, ms + 1) };
  };

  if (storage.dialect === 'sqlite' && rate === undefined) return take(storage);
  return storage.transaction(async (tx) => {
    // Between counting and taking nobody else may take: on a server others would not be seen.
    if (storage.dialect === 'postgres') await tx.lock(`jobs-local:${queue}`);
    return take(tx);
  });
}

function inOrder(rows: readonly ClaimedRow[]): readonly ClaimedRow[] {
  return rows.toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
}
