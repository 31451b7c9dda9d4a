import { setImmediate as breathe } from 'node:timers/promises';
import { isAgentFactoryError, type Logger } from '@agent-factory/sdk';
import {
  defaultTenant,
  storageErrors as errors,
  tenantIdPattern,
  type SqlDatabase,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import { translate } from './driver-errors.ts';
import { openSqliteConnection, type SqliteConnection } from './sqlite-connection.ts';
import type { LedgerEntry } from './sqlite-ledger.ts';
import { applyEntries, undoEntries } from './sqlite-migrations.ts';
import { createSqliteStorage } from './sqlite-storage.ts';
import { createTenantFiles } from './tenant-files.ts';
import { createTenantPool, type OpenTenant } from './tenant-pool.ts';
import { createTenantSchema, readMark, refuseInvalid, writeMark } from './tenant-schema.ts';

/** How tenants are kept. */
export interface SqliteTenantOptions {
  /** Folder with a file for each tenant. */
  readonly folder: string;
  /** How many files stay open while nobody uses them. */
  readonly openTenants: number;
  /** Version of the kernel, for the ledger of migrations. */
  readonly kernelVersion: string;
  /** Is told of tenants whose files cannot be brought up to date now. */
  readonly log?: Pick<Logger, 'warn'>;
}

/** Tenants in files of their own; with what the parts beside it need. */
export interface SqliteTenants extends TenantStorage {
  /** Runs `work` on a tenant's open file. */
  use<T>(id: string, work: (tenant: OpenTenant) => Promise<T>): Promise<T>;
  path(id: string): string;
  /** Stands in the header of every tenant's file that is up to date. */
  mark(): number;
  /** Undoes a plugin's migrations above `to` in every tenant; gives them, the newest first. */
  undo(plugin: string, to: number): Promise<readonly LedgerEntry[]>;
  close(): Promise<void>;
}

/** How many tenants are brought up to date at once: one that is locked does not hold up the others. */
const atOnce = 8;

/** Keeps each tenant in a file of its own; what their tables are to be is kept in the platform's file. */
export function createSqliteTenants(platform: SqliteConnection, options: SqliteTenantOptions): SqliteTenants {
  const { kernelVersion, openTenants, log } = options;
  const { durability, busyTimeoutMs } = platform;
  const files = createTenantFiles(options.folder, busyTimeoutMs);
  const schema = createTenantSchema(platform, kernelVersion);

  const bringUpToDate = async (id: string, connection: SqliteConnection): Promise<void> => {
    const { database, turnstile, file } = connection;
    const mark = schema.mark();
    if (readMark(database) === mark) return;
    try {
      await applyEntries(connection, schema.targets());
      await turnstile.pass(() => writeMark(database, mark), busyTimeoutMs);
    } catch (error) {
      throw ofTenant(id, translate(error, file, `migrations of tenant ${id}`));
    }
  };

  const pool = createTenantPool({
    capacity: openTenants,
    identity: files.identity,
    async open(id) {
      const file = files.path(id);
      const identity = files.identity(id);
      if (identity === undefined) throw errors.AF_TENANT_UNKNOWN({ tenant: id });
      const connection = await openSqliteConnection({ file, durability, busyTimeoutMs, mustExist: true });
      try {
        if (files.identity(id) !== identity) throw errors.AF_TENANT_UNKNOWN({ tenant: id });
        await bringUpToDate(id, connection);
        return { connection, database: createSqliteStorage(connection, { kernelVersion }), identity };
      } catch (error) {
        await connection.close();
        throw error;
      }
    },
  });

  const add = (id: string): Promise<boolean> =>
    files.add(id, schema.template(), id === defaultTenant ? 'never removed' : undefined);
  let hasDefault = false;
  /** The default tenant is never removed, so that one look is enough. */
  const ensureDefault = async (): Promise<void> => {
    if (hasDefault) return;
    if (files.identity(defaultTenant) === undefined) await add(defaultTenant);
    hasDefault = true;
  };
  const handleOf = (id: string): SqlDatabase =>
    databaseOf((work) => pool.use(id, ({ database }) => work(database)));
  const handleOfDefault = handleOf(defaultTenant);
  const list: SqliteTenants['list'] = async ({ after, limit = 1000 } = {}) => {
    await ensureDefault();
    const all = await files.list();
    const rest = after === undefined ? all : all.filter((id) => id > after);
    return rest.slice(0, Math.max(0, limit));
  };

  /** Does something for every tenant, a few at once; those that cannot be opened are told of and left out. */
  const everywhere = async (work: (id: string) => Promise<void>): Promise<boolean> => {
    const ids = (await files.list()).values();
    let all = true;
    const failures: unknown[] = [];
    const some = async (): Promise<void> => {
      for (const id of ids) {
        try {
          await work(id);
        } catch (error) {
          if (isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) continue; // erased meanwhile
          if (!isAgentFactoryError(error) || !comesLater.has(error.code)) failures.push(error);
          all = false;
          const reason = error instanceof Error ? error.message : String(error);
          log?.warn('a tenant could not be brought up to date', { tenant: id, reason });
        }
        if (failures.length > 0) return;
        await breathe();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, some));
    if (failures.length > 0) throw failures[0];
    return all;
  };

  const undo = async (plugin: string, to: number): Promise<readonly LedgerEntry[]> => {
    const withdrawn = await schema.withdraw(plugin, to);
    if (withdrawn.length === 0) return [];
    const owner = { plugin, scope: 'tenant' } as const;
    for (const id of await files.list())
      await pool
        .use(id, async ({ connection }) => {
          await undoEntries(connection, owner, to);
          await bringUpToDate(id, connection);
        })
        .catch((error: unknown) => {
          if (!isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) throw ofTenant(id, error);
        });
    await schema.forget(withdrawn);
    return withdrawn;
  };

  return {
    list,
    undo,
    use: async (id, work) => {
      if (id === defaultTenant) await ensureDefault();
      return pool.use(id, work);
    },
    path: files.path,
    mark: schema.mark,
    async tenant(id) {
      if (id === defaultTenant) {
        await ensureDefault();
        return handleOfDefault;
      }
      refuseInvalid(id, tenantIdPattern);
      const identity = files.identity(id);
      pool.keep(id, identity);
      if (identity === undefined) throw errors.AF_TENANT_UNKNOWN({ tenant: id });
      return handleOf(id);
    },
    async create(id) {
      refuseInvalid(id, tenantIdPattern);
      return files.identity(id) === undefined && (await add(id));
    },
    async erase(id) {
      refuseInvalid(id, tenantIdPattern);
      if (id === defaultTenant) throw errors.AF_TENANT_PROTECTED({ tenant: id });
      return pool.erase(id, () => files.remove(id));
    },
    async migrate(plugin, migrations) {
      try {
        const added = await schema.add(plugin, migrations, async () => (await files.list()).length > 0);
        const [first] = added;
        if (first === undefined) return;
        try {
          const all = await everywhere((id) =>
            pool.use(id, ({ connection }) => bringUpToDate(id, connection)),
          );
          if (all) await schema.settle(added);
        } catch (error) {
          // The rows of one tenant stand against it: no tenant keeps it.
          if (isAgentFactoryError(error, 'AF_STORAGE_MIGRATION_FAILED'))
            await undo(plugin, first.version - 1);
          throw error;
        }
      } catch (error) {
        throw translate(error, platform.file, `migrations of ${plugin}`);
      }
    },
    async close() {
      await pool.close();
      files.close();
    },
  };
}

/** Errors that concern one file, and may be over when the tenant is next used. */
const comesLater: ReadonlySet<string> = new Set([
  'AF_STORAGE_CORRUPT',
  'AF_STORAGE_IO',
  'AF_STORAGE_LOCKED',
  'AF_STORAGE_OPEN_FAILED',
  'AF_STORAGE_READ_ONLY',
]);

/** A database whose file is opened for each use, if it is not open already. */
function databaseOf(use: <T>(work: (database: SqlDatabase) => Promise<T>) => Promise<T>): SqlDatabase {
  return {
    dialect: 'sqlite',
    query: (sql, params) => use((database) => database.query(sql, params)),
    execute: (sql, params) => use((database) => database.execute(sql, params)),
    batch: (statements, options) => use((database) => database.batch(statements, options)),
    transaction: (work) => use((database) => database.transaction(work)),
  };
}

/** The same error, with the tenant named. */
function ofTenant(id: string, error: unknown): unknown {
  if (!isAgentFactoryError(error, 'AF_STORAGE_MIGRATION_FAILED')) return error;
  const { plugin, version, name, reason } = error.details;
  return errors.AF_STORAGE_MIGRATION_FAILED(
    {
      plugin: String(plugin),
      version: Number(version),
      name: String(name),
      reason: `${String(reason)} (tenant ${id})`,
    },
    { cause: error },
  );
}
