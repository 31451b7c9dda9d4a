import { dirname, join } from 'node:path';
import type { Logger } from '@agent-factory/sdk';
import type {
  MigrationLedger,
  Storage,
  StorageTransfer,
  TenantAnalytics,
  TextSearch,
} from '@agent-factory/sdk/contracts';
import type { SqliteStorageConfig } from './config.ts';
import { openSqliteConnection, type SqliteConnection } from './sqlite-connection.ts';
import { checkLedger } from './sqlite-ledger.ts';
import { createSqliteStorage } from './sqlite-storage.ts';
import { createSqliteTenants, type SqliteTenants } from './sqlite-tenant-storage.ts';

/** The plugin's configuration with the file named, and who asks. */
export interface SqlitePlatformOptions extends SqliteStorageConfig {
  readonly file: string;
  /** Version of the kernel, for the ledger of migrations. */
  readonly kernelVersion: string;
  readonly log?: Pick<Logger, 'warn'>;
}

/** Everything on one platform's file and its tenants' files. */
export interface SqlitePlatform {
  readonly storage: Storage;
  readonly tenants: SqliteTenants;
  readonly analytics: TenantAnalytics;
  readonly ledger: MigrationLedger;
  readonly transfer: StorageTransfer;
  readonly textSearch: TextSearch;
  /** Fails when the file cannot be read, or somebody deleted from the ledger. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the platform's file; a tenant's is opened when it is used. */
export async function openSqlitePlatform(options: SqlitePlatformOptions): Promise<SqlitePlatform> {
  const { file, durability, busyTimeoutMs, kernelVersion, openTenants, log } = options;
  const folder = options.tenantsFolder ?? join(dirname(file), 'tenants');
  const connection = await openSqliteConnection({ file, durability, busyTimeoutMs });
  const storage = createSqliteStorage(connection, { kernelVersion });
  const tenants = createSqliteTenants(connection, {
    folder,
    openTenants,
    kernelVersion,
    ...(log && { log }),
  });
  return {
    storage,
    tenants,
    ...createSeldomUsed(connection, storage, tenants),
    async check() {
      await storage.query('SELECT 1');
      checkLedger(connection.database, file);
    },
    async close() {
      await tenants.close();
      await connection.close();
    },
  };
}

/** What few processes use is loaded when it is used: starting takes no longer for it. */
function createSeldomUsed(
  platform: SqliteConnection,
  storage: Storage,
  tenants: SqliteTenants,
): Pick<SqlitePlatform, 'analytics' | 'ledger' | 'transfer' | 'textSearch'> {
  const analytics = once(async () =>
    (await import('./sqlite-tenant-analytics.ts')).createSqliteTenantAnalytics(
      tenants,
      platform.busyTimeoutMs,
    ),
  );
  const ledger = once(async () =>
    (await import('./sqlite-migration-ledger.ts')).createSqliteMigrationLedger(platform, tenants),
  );
  const transfer = once(async () =>
    (await import('./sqlite-transfer.ts')).createSqliteTransfer(platform, tenants),
  );
  const textSearch = once(async () =>
    (await import('./sqlite-text-search.ts')).createSqliteTextSearch(storage),
  );
  return {
    textSearch: { open: async (name) => (await textSearch()).open(name) },
    analytics: { query: async (sql, params) => (await analytics()).query(sql, params) },
    ledger: {
      applied: async () => (await ledger()).applied(),
      rollback: async (plugin, options) => (await ledger()).rollback(plugin, options),
    },
    transfer: {
      identity: async () => (await transfer()).identity(),
      snapshot: async (work) => (await transfer()).snapshot(work),
      write: async (scope, table, rows) => (await transfer()).write(scope, table, rows),
      clear: async (scope, table) => (await transfer()).clear(scope, table),
      finish: async () => (await transfer()).finish(),
    },
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
