import {
  createUseTenant,
  defaultTenant,
  everyTenant,
  readMigrations,
  type Journal,
  type QuotaLimits,
  type Quotas,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import { createLimitMemory } from './limit-memory.ts';
import { freePlaces } from './quota-places.ts';
import { createTenantQuotas } from './tenant-quotas.ts';

/** What quotas stand on. */
export interface SqlQuotasOptions {
  readonly tenants: TenantStorage;
  readonly journal: Journal;
  /** What holds for each tenant for which nothing else was set. */
  readonly defaults: QuotaLimits;
  /** Milliseconds since the epoch. Default the clock of the process. */
  readonly now?: () => number;
}

/** Quotas, and what keeps them tidy. */
export interface SqlQuotas extends Quotas {
  /** Gives back the places of runs that nobody works on any more; gives how many it were. */
  tidy(signal: AbortSignal): Promise<number>;
}

/** Creates the tables in every tenant, and the quotas on them. */
export async function createSqlQuotas(options: SqlQuotasOptions): Promise<SqlQuotas> {
  const { tenants, journal, defaults, now = Date.now } = options;
  const { dialect } = await tenants.tenant(defaultTenant);
  const folder = new URL('../migrations', import.meta.url);
  await tenants.migrate('quotas-sql', readMigrations(folder, dialect, 'tenant'));
  const useTenant = createUseTenant(tenants);
  const parts = { useTenant, journal, defaults, now, memory: createLimitMemory(now) };
  return {
    tenant: (id) => createTenantQuotas(id, parts),
    async tidy(signal) {
      let freed = 0;
      for await (const tenant of everyTenant(tenants)) {
        if (signal.aborted) break;
        freed += await freePlaces(tenant, journal, useTenant);
      }
      return freed;
    },
  };
}
