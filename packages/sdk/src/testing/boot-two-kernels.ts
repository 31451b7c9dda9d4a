import type { PluginEntry } from '../config.ts';
import { TenantStorage } from '../contracts/tenant-storage.ts';
import type { SqlDatabase } from '../contracts/storage.ts';
import { bootTestKernel, type TestKernel } from './boot-test-kernel.ts';

/** Tenants that one case has to itself. */
export interface OwnTenants {
  readonly tenants: readonly [string, string];
  /** Does something in the database of each. */
  each(work: (database: SqlDatabase) => Promise<unknown>): Promise<void>;
  /** Erases them; what they had goes with them. */
  close(): Promise<void>;
}

/** Two processes on one storage. */
export interface TwoKernels {
  readonly kernel: TestKernel;
  /** A second process on the same storage. */
  readonly other: TestKernel;
  /** Creates two tenants for a case. */
  openTenants(): Promise<OwnTenants>;
  close(): Promise<void>;
}

/**
 * Boots a plugin in two processes on one storage, for plugins that keep something of tenants: `plugin` in the first,
 * `another` in the second where it is configured otherwise there.
 */
export async function bootTwoKernels(
  storage: PluginEntry,
  plugin: string | PluginEntry,
  another: string | PluginEntry = plugin,
): Promise<TwoKernels> {
  const kernel = await bootTestKernel({ plugins: [storage, plugin] });
  const { dataDir } = kernel;
  const other = await bootTestKernel({ plugins: [storage, another], dataDir }).catch(
    async (error: unknown) => {
      await kernel.close();
      throw error;
    },
  );
  const databases = kernel.use(TenantStorage);
  let made = 0;
  return {
    kernel,
    other,
    async openTenants() {
      const tenants = [`t${++made}`, `t${++made}`] as const;
      for (const id of tenants) await databases.create(id);
      return {
        tenants,
        async each(work) {
          for (const id of tenants) await work(await databases.tenant(id));
        },
        async close() {
          for (const id of tenants) await databases.erase(id);
        },
      };
    },
    async close() {
      await other.close();
      await kernel.close();
    },
  };
}
