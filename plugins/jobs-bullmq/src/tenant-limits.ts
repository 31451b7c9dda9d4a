import { createGrouped, retryLocked, type Sql, type WorkOptions } from '@agent-factory/sdk/contracts';
import type { Dispatcher } from './dispatcher.ts';
import type { Call, JobLedger } from './job-ledger.ts';
import type { JobRow } from './job-rows.ts';
import { graceMs, inState } from './ledger-sql.ts';
import { createRateWindows } from './rate-windows.ts';

/** Claims for a queue with limits per tenant. What is above them leaves Redis and waits in SQL: it is parked. */
export interface LimitedQueue {
  claim(id: string): Promise<JobRow | undefined>;
  /** Call it when a job of the tenant has left its place. */
  freed(tenant: string): void;
  close(): void;
}

interface Caller {
  readonly id: string;
  readonly tenant: string;
  readonly now: number;
}

/** Creates the claims of a queue. The limits hold over all processes: they are looked at under a lock. */
export function createLimitedQueue(
  queue: string,
  { concurrency = Infinity, rate }: NonNullable<WorkOptions['perTenant']>,
  ledger: JobLedger,
  dispatcher: Dispatcher,
): LimitedQueue {
  const { storage, sql } = ledger;
  const windows = rate && createRateWindows(queue, rate);
  const alarms = new Map<string, NodeJS.Timeout>();
  let closed = false;

  const claimMany = async (ids: readonly string[]): Promise<readonly (JobRow | undefined)[]> => {
    const opening = new Map<string, number>();
    const { callers, rows } = await storage.transaction(async (tx) => {
      await tx.lock(`af_jobs_bullmq.${queue}`);
      const called = await park(tx, ids);
      const active = await tx.query<{ tenant: string; jobs: number }>(
        `SELECT tenant, CAST(COUNT(*) AS INTEGER) AS jobs FROM af_jobs_bullmq_jobs
          WHERE state = 'active' AND queue = ? GROUP BY tenant`,
        [queue],
      );
      const chosen: string[] = [];
      // A call is a chance for its tenant: the first of the tenant's jobs gets it, whichever was called.
      for (const [tenant, calls] of Map.groupBy(called, (call) => call.tenant)) {
        const busy = active.find((each) => each.tenant === tenant)?.jobs ?? 0;
        const now = calls[0]?.now ?? 0;
        const window = await windows?.open(tx, tenant, now);
        const free = Math.min(calls.length, concurrency - busy, window?.free ?? Infinity);
        if (window && window.free < calls.length) opening.set(tenant, window.nextMs);
        if (free <= 0) continue;
        const best = await tx.query<{ id: string }>(
          `SELECT id FROM af_jobs_bullmq_jobs
            WHERE parked = 1 AND state = 'waiting' AND queue = ? AND tenant = ?
            ORDER BY priority DESC, id LIMIT ?`,
          [queue, tenant, free],
        );
        chosen.push(...best.map(({ id }) => id));
        await window?.use(best.length);
      }
      return { callers: called, rows: chosen.length === 0 ? [] : await ledger.claimAll(tx, chosen) };
    });
    for (const [tenant, ms] of opening) alarm(tenant, ms);
    const tenants = new Map(callers.map(({ id, tenant }) => [id, tenant]));
    const byTenant = Map.groupBy(
      rows.toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1)),
      ({ tenant }) => tenant,
    );
    return ids.map((id) => byTenant.get(tenants.get(id) ?? '')?.shift());
  };
  const claims = createGrouped({
    most: 100,
    run: (ids: readonly string[]) => retryLocked(storage, () => claimMany(ids)),
  });

  /** Parks whatever was called and waits; from there the best are chosen. */
  const park = async (tx: Sql, ids: readonly string[]): Promise<readonly Caller[]> => {
    const list = JSON.stringify(ids);
    await tx.execute(
      `UPDATE af_jobs_bullmq_jobs SET parked = 1, check_at = ${sql.now} + ${graceMs}
        WHERE id ${sql.inIds} AND ${inState('waiting')} AND run_at <= ${sql.now}`,
      [list],
    );
    return tx.query<Caller>(
      `SELECT id, tenant, ${sql.now} AS now FROM af_jobs_bullmq_jobs WHERE id ${sql.inIds}`,
      [list],
    );
  };

  const alarm = (tenant: string, ms: number): void => {
    if (closed || alarms.has(tenant)) return;
    const timer = setTimeout(() => {
      alarms.delete(tenant);
      void callParked(tenant, rate?.count ?? 1);
    }, ms);
    alarms.set(tenant, timer);
  };

  const callParked = async (tenant: string, count: number): Promise<void> => {
    if (closed) return;
    try {
      const calls = await storage.query<Call>(
        `UPDATE af_jobs_bullmq_jobs SET dispatch = dispatch + 1, check_at = ${sql.now} + ${graceMs}
          WHERE id IN (SELECT id FROM af_jobs_bullmq_jobs
            WHERE parked = 1 AND state = 'waiting' AND queue = ? AND tenant = ?
            ORDER BY priority DESC, id LIMIT ?)
          RETURNING ${sql.call}`,
        [queue, tenant, Math.min(count, 100)],
      );
      await dispatcher.send(calls);
    } catch {
      // Whoever looks for what was forgotten finds them.
    }
  };

  return {
    claim: claims.add,
    freed(tenant) {
      if (concurrency !== Infinity) void callParked(tenant, 1);
    },
    close() {
      closed = true;
      for (const timer of alarms.values()) clearTimeout(timer);
      alarms.clear();
    },
  };
}
