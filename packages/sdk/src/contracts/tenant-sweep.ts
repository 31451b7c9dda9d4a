import { isAgentFactoryError } from '../errors.ts';
import type { SqlDatabase } from './storage.ts';
import type { TenantStorage } from './tenant-storage.ts';

const tenantsAtOnce = 100;

/** Removes what is over of one tenant, at most `limit`; gives how much went. */
export type SweepTenant = (database: SqlDatabase, limit: number, tenant: string) => Promise<number>;

/**
 * For plugins that keep things for a while: sweeps tenant after tenant, at most `limit` things in all; gives how much went.
 * It goes on where it ended the last time, so that a busy tenant keeps none waiting.
 */
export function createTenantSweep(
  tenants: TenantStorage,
  sweepTenant: SweepTenant,
): (limit: number) => Promise<number> {
  /** The tenant the last sweep ended at. */
  let sweptTo: string | undefined;

  const sweepFrom = async (after: string | undefined, limit: number): Promise<number> => {
    const ids = await tenants.list({ ...(after !== undefined && { after }), limit: tenantsAtOnce });
    let removed = 0;
    for (const id of ids) {
      const database = await tenants.tenant(id).catch(unlessErased);
      if (database !== undefined) removed += await sweepTenant(database, limit - removed, id);
      if (removed >= limit) return removed;
      sweptTo = id;
    }
    if (ids.length > 0) return removed + (await sweepFrom(sweptTo, limit - removed));
    sweptTo = undefined;
    return removed;
  };

  return async (limit) => {
    const startedAt = sweptTo;
    const removed = await sweepFrom(startedAt, limit);
    // Begun in the middle and come to the end: the tenants before are left.
    return startedAt === undefined || removed >= limit
      ? removed
      : removed + (await sweepFrom(undefined, limit - removed));
  };
}

function unlessErased(error: unknown): undefined {
  if (!isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) throw error;
}
