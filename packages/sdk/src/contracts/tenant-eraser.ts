import { defineCollection, type CollectionContract, type Contribution } from '../contract.ts';
import { defaultTenant, tenantIdPattern, type TenantStorage } from './tenant-storage.ts';

/**
 * Removes what a plugin keeps of a tenant outside its storage: in another server, in files. What lies in the tenant's
 * own tables goes with them and needs no eraser.
 */
export interface TenantEraser {
  /** `memory-redis`: the plugin's id, or a name that tells what goes. */
  readonly name: string;
  /** Leaves nothing of the tenant; one of which there is nothing is no error. */
  erase(tenant: string): Promise<void>;
}

/** Collection of {@link TenantEraser}. */
export const TenantEraser: CollectionContract<TenantEraser> = defineCollection<TenantEraser>({
  id: 'tenant-eraser',
  version: '1.0.0',
  description: 'Removes what is kept of a tenant outside its storage.',
});

/** Removes what is kept of a tenant outside its storage: of one that is erased, or before one of its name is made. */
export async function eraseOutside(
  erasers: readonly Contribution<TenantEraser>[],
  tenant: string,
): Promise<void> {
  for (const { value } of erasers) await value.erase(tenant);
}

/**
 * Erases a tenant everywhere. What lies outside goes first: where that fails, the tenant is still there and can be
 * erased again. It goes once more afterwards, with what was still written meanwhile. Whether it was this call that
 * removed it.
 */
export async function eraseTenant(
  tenants: TenantStorage,
  erasers: readonly Contribution<TenantEraser>[],
  tenant: string,
): Promise<boolean> {
  const mayGo = tenant !== defaultTenant && tenantIdPattern.test(tenant);
  if (mayGo) await eraseOutside(erasers, tenant);
  const wasThere = await tenants.erase(tenant); // refuses the others
  if (mayGo) await eraseOutside(erasers, tenant);
  return wasThere;
}
