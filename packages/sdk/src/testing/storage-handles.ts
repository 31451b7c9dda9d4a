import type { MigrationLedger } from '../contracts/migration.ts';
import type { StorageTransfer } from '../contracts/storage-transfer.ts';
import type { Storage } from '../contracts/storage.ts';
import type { TenantAnalytics, TenantStorage } from '../contracts/tenant-storage.ts';
import type { ConformanceCase } from './conformance.ts';

/** Everything one process holds of a database. */
export interface StorageHandles {
  readonly storage: Storage;
  readonly tenants: TenantStorage;
  readonly analytics: TenantAnalytics;
  readonly ledger: MigrationLedger;
  readonly transfer: StorageTransfer;
}

/** One empty database for one case. */
export interface StorageHandlesFixture extends StorageHandles {
  /** More handles on the same database, as a second process would have; closed with the fixture. */
  another(): Promise<StorageHandles>;
  /**
   * Statements that, run on a tenant's handle, would leave it for the tenant `other`, in the engine's own language; each
   * must be refused.
   */
  escapes?(other: string): readonly string[];
  /** Closes every handle and removes the database. */
  close(): Promise<void>;
}

/** Opens an empty database, each time another one. */
export type OpenStorageHandles = () => Promise<StorageHandlesFixture>;

/** Declares a case on an empty database. */
export type OnStorageHandles = (
  name: string,
  work: (fixture: StorageHandlesFixture) => Promise<void>,
) => ConformanceCase;

/** Makes cases that open their database and close it, come what may. */
export function casesOn(open: OpenStorageHandles): OnStorageHandles {
  return (name, work) => ({
    name,
    async run() {
      const fixture = await open();
      try {
        await work(fixture);
      } finally {
        await fixture.close();
      }
    },
  });
}
