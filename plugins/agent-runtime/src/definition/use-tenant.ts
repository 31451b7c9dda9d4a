import { isAgentFactoryError } from '@agent-factory/sdk';
import type { SqlDatabase, TenantStorage } from '@agent-factory/sdk/contracts';

/** Does a piece of work on a tenant's database. */
export type UseTenant = <T>(tenant: string, work: (database: SqlDatabase) => Promise<T>) => Promise<T>;

const mostTries = 3;

/** Gives work a handle of its tenant; one that was closed to make room for others is replaced. */
export function createUseTenant(tenants: TenantStorage): UseTenant {
  return async (tenant, work) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work(await tenants.tenant(tenant));
      } catch (error) {
        if (tries === mostTries || !isAgentFactoryError(error, 'AF_STORAGE_CLOSED')) throw error;
      }
    }
  };
}
