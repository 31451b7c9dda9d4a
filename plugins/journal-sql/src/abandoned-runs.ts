import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  databaseNow,
  type AbandonedRun,
  type SqlDialect,
  type TenantAnalytics,
  type UseTenant,
} from '@agent-factory/sdk/contracts';

/** Finds runs that nobody works on. */
export interface AbandonedRuns {
  find(limit: number): Promise<readonly AbandonedRun[]>;
  /** This tenant has, or had a moment ago, runs that are not final. */
  touched(tenant: string): void;
}

/** Milliseconds between looks at the tenants that seemed to have nothing unfinished, where each has a file of its own. */
const sweepMs = 60_000;

interface LiveRow {
  readonly id: string;
  readonly status: string;
  readonly abandoned: number;
}

const abandonedCondition = (dialect: SqlDialect): string => {
  const now = databaseNow(dialect);
  // Two values are wanted, and nothing is neither: a run that waits for no time is not due.
  const isDue = `(status <> 'waiting' OR COALESCE(wake_at <= ${now}, FALSE))`;
  return `outcome IS NULL AND ${isDue} AND (owner IS NULL OR lease_until <= ${now})`;
};

/**
 * Creates the search. On PostgreSQL it is one look into the index of unfinished runs. Where each tenant has a file, a
 * look at all of them would open all of them: between two such sweeps, only those with unfinished runs are looked at,
 * as the last sweep, this process and the signals of others tell.
 */
export function createAbandonedRuns(
  useTenant: UseTenant,
  analytics: TenantAnalytics,
  dialect: SqlDialect,
): AbandonedRuns {
  const busy = new Set<string>();
  let sweepAt = 0;
  const abandoned = abandonedCondition(dialect);

  const everywhere = async (limit: number): Promise<readonly AbandonedRun[]> => {
    const rows = await analytics.query<{ tenant: string; id: string; status: string }>(
      'SELECT {{tenant.id}} AS tenant, id, status FROM af_journal_sql_runs' +
        ` WHERE ${abandoned} ORDER BY created_at, id LIMIT ?`,
      [limit],
    );
    return rows.map((row) => found(row.tenant, row));
  };

  const sweep = async (): Promise<void> => {
    const rows = await analytics.query<{ tenant: string }>(
      'SELECT {{tenant.id}} AS tenant FROM af_journal_sql_runs WHERE outcome IS NULL LIMIT 1',
    );
    for (const { tenant } of rows) busy.add(tenant);
  };

  const inTenant = async (tenant: string, limit: number): Promise<readonly AbandonedRun[]> => {
    // Taken out before looking: a run that begins meanwhile puts it in again.
    busy.delete(tenant);
    const rows = await useTenant(tenant, (database) =>
      database.query<LiveRow>(
        `SELECT id, status, ${abandoned} AS abandoned FROM af_journal_sql_runs WHERE outcome IS NULL` +
          ' ORDER BY abandoned DESC, created_at, id LIMIT ?',
        [limit],
      ),
    );
    if (rows.length > 0) busy.add(tenant);
    return rows.filter((row) => row.abandoned === 1).map((row) => found(tenant, row));
  };

  return {
    touched(tenant) {
      if (dialect === 'sqlite') busy.add(tenant);
    },
    async find(limit) {
      if (dialect === 'postgres') return (await everywhere(limit)).slice(0, limit);
      if (performance.now() >= sweepAt) {
        sweepAt = performance.now() + sweepMs;
        await sweep();
      }
      const runs: AbandonedRun[] = [];
      for (const tenant of Array.from(busy)) {
        if (runs.length >= limit) break;
        try {
          runs.push(...(await inTenant(tenant, limit - runs.length)));
        } catch (error) {
          if (isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) continue;
          busy.add(tenant);
          throw error;
        }
      }
      return runs;
    },
  };
}

function found(
  tenant: string,
  { id, status }: { readonly id: string; readonly status: string },
): AbandonedRun {
  return { tenant, runId: id, ...(status === 'waiting' && { due: true }) };
}
