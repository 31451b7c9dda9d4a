import { isAgentFactoryError } from '../errors.ts';
import type { SqlDatabase } from './storage.ts';
import type { TenantStorage } from './tenant-storage.ts';

/** Does a piece of work on a tenant's database. */
export type UseTenant = <T>(tenant: string, work: (database: SqlDatabase) => Promise<T>) => Promise<T>;

/** How often work is begun again with a new handle. */
const mostTries = 3;

/**
 * Gives work a handle of its tenant. One that was closed to make room for others, before or while it was used, is
 * replaced: only a statement that was never run fails so.
 */
export function createUseTenant(tenants: TenantStorage): UseTenant {
  return async (tenant, work) => {
    for (let tries = 1; ; tries++) {
      try {
        return await work(await tenants.tenant(tenant));
      } catch (error) {
        if (tries === mostTries || !isAgentFactoryError(error, 'AF_STORAGE_CLOSED')) throw error;
      }
    }
  };
}
