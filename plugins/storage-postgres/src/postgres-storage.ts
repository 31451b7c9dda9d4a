import type {
  MigrationLedger,
  Signals,
  Storage,
  StorageTransfer,
  TenantAnalytics,
  TenantStorage,
  TextSearch,
} from '@agent-factory/sdk/contracts';
import { createConnectionPool, type ConnectionPool, type PoolOptions } from './connection-pool.ts';
import { translate } from './driver-errors.ts';
import { underMigrationLock } from './migration-lock.ts';
import { createOwnSchema } from './own-schema.ts';
import { createPostgresAnalytics } from './postgres-analytics.ts';
import { createPostgresDatabase } from './postgres-database.ts';
import { checkLedger, createPostgresLedger } from './postgres-ledger.ts';
import { migratePostgres, type MigrationContext } from './postgres-migrations.ts';
import { platformView } from './postgres-platform.ts';
import { createPostgresSignals, type PostgresSignals } from './postgres-signals.ts';
import { createPostgresTenants } from './postgres-tenants.ts';
import { createPostgresTextSearch } from './postgres-text-search.ts';
import { checkTransfer, createPostgresTransfer } from './postgres-transfer.ts';
import { createTenantCatalog } from './tenant-catalog.ts';
import { findTenantRoles, type TenantRoles } from './tenant-roles.ts';
import { grantTables, needsGrants } from './tenant-tables.ts';

/** An open database; shared by every storage on it. */
export interface PostgresServer {
  readonly pool: ConnectionPool;
  readonly roles: TenantRoles | undefined;
  readonly signals: PostgresSignals;
  /** Lets running work end, then closes every connection. */
  close(): Promise<void>;
}

/** Everything a storage offers. */
export interface PostgresStorage {
  readonly storage: Storage;
  readonly tenants: TenantStorage;
  readonly analytics: TenantAnalytics;
  readonly ledger: MigrationLedger;
  readonly transfer: StorageTransfer;
  readonly signals: Signals;
  readonly textSearch: TextSearch;
  /** Fails when the database cannot be used, or its list of migrations is damaged. */
  check(): Promise<void>;
}

/**
 * Connects to a database and makes what the storage itself needs in it. Fails with AF_STORAGE_UNAVAILABLE, _OPEN_FAILED,
 * _UNSUPPORTED, AF_STORAGE_POSTGRES_URL or _RIGHTS.
 */
export async function openPostgresServer(options: PoolOptions): Promise<PostgresServer> {
  const pool = createConnectionPool(options);
  try {
    await createOwnSchema(pool);
    const roles = await findTenantRoles(pool);
    if (roles !== undefined)
      await pool.use(async (connection) => {
        const { client } = connection;
        try {
          if (await needsGrants(client, roles))
            await underMigrationLock(pool, connection, true, () => grantTables(client, roles));
        } catch (error) {
          throw translate(error, pool.place);
        }
      });
    const signals = createPostgresSignals(pool);
    return {
      pool,
      roles,
      signals,
      async close() {
        signals.close();
        await pool.close();
      },
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** Creates a storage on an open database. Many may share one. */
export function createPostgresStorage(
  { pool, roles, signals }: PostgresServer,
  { kernelVersion }: { readonly kernelVersion: string },
): PostgresStorage {
  const context: MigrationContext = { pool, roles, kernelVersion };
  const catalog = createTenantCatalog(pool);
  const database = createPostgresDatabase(pool, platformView(roles?.userPasses ? catalog : undefined));
  const storage: Storage = {
    ...database,
    migrate: (plugin, migrations) => migratePostgres(context, { plugin, scope: 'platform' }, migrations),
  };
  const tenants = createPostgresTenants(context, catalog);
  return {
    storage,
    tenants,
    analytics: createPostgresAnalytics(context, catalog),
    ledger: createPostgresLedger(context),
    transfer: createPostgresTransfer(pool, tenants),
    signals,
    textSearch: createPostgresTextSearch(pool, storage),
    async check() {
      await storage.query('SELECT 1');
      await checkLedger(pool);
      await checkTransfer(pool);
    },
  };
}
