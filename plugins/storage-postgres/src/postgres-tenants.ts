import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  defaultTenant,
  storageErrors as errors,
  tenantIdPattern,
  type SqlDatabase,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { DatabaseView } from './database-view.ts';
import { tenantsTable } from './own-schema.ts';
import { createPostgresDatabase } from './postgres-database.ts';
import { migratePostgres, type MigrationContext } from './postgres-migrations.ts';
import { sendAlone } from './run-outcome.ts';
import { createSqlTexts } from './sql-text.ts';
import { readFresh } from './tenant-catalog.ts';
import { eraseRows } from './tenant-erasure.ts';
import { tenantColumn, tenantRules, type TenantCatalog } from './tenant-rules.ts';
import { tenantLock } from './tenant-tables.ts';
import { ownName } from './statement-name.ts';

/** How many tenants are remembered to be there, so that a handle costs no look-up. */
const remembered = 10_000;
const trustedMs = 5000;

/** Creates the storage of tenants: one database, row-level security between them. */
export function createPostgresTenants(context: MigrationContext, catalog: TenantCatalog): TenantStorage {
  const { pool, roles } = context;
  const texts = createSqlTexts(tenantRules(catalog));
  const there = new Map<string, { readonly database: SqlDatabase; readonly until: number }>();

  const viewOf = (id: string): DatabaseView => ({
    name: `tenant:${id}`,
    hidden: tenantColumn,
    enter: {
      text: 'SELECT af_storage_postgres_enter($1, $2, $3)',
      values: [id, tenantLock(id), roles?.tenant ?? ''],
      name: ownName('enter'),
    },
    read: (sql) => readFresh(texts, catalog, sql),
  });
  const check = (id: string): void => {
    if (!tenantIdPattern.test(id) || id.endsWith('\n')) throw errors.AF_TENANT_ID_INVALID({ tenant: id });
  };
  const remember = (id: string): SqlDatabase => {
    if (there.size >= remembered) there.clear();
    const database = createPostgresDatabase(pool, viewOf(id));
    const noticing = async <T>(use: Promise<T>): Promise<T> => {
      try {
        return await use;
      } catch (error) {
        if (isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) there.delete(id);
        throw error;
      }
    };
    const handle: SqlDatabase = {
      dialect: 'postgres',
      query: (sql, params) => noticing(database.query(sql, params)),
      execute: (sql, params) => noticing(database.execute(sql, params)),
      batch: (statements, options) => noticing(database.batch(statements, options)),
      transaction: (work) => noticing(database.transaction(work)),
    };
    there.set(id, { database: handle, until: performance.now() + trustedMs });
    return handle;
  };

  return {
    async tenant(id) {
      check(id);
      const known = there.get(id);
      // One that was erased meanwhile is found out by its first statement.
      if (known !== undefined && known.until > performance.now()) return known.database;
      const sql = `SELECT id FROM ${tenantsTable} WHERE id = $1`;
      const [found] = await sendAlone(
        pool,
        [{ text: sql, values: [id], name: ownName('tenant') }],
        sql,
        true,
      );
      if (found?.rows.length !== 1) {
        there.delete(id);
        throw errors.AF_TENANT_UNKNOWN({ tenant: id });
      }
      return remember(id);
    },
    async create(id) {
      check(id);
      const sql = `INSERT INTO ${tenantsTable} VALUES ($1, $2) ON CONFLICT DO NOTHING`;
      const [made] = await sendAlone(pool, [{ text: sql, values: [id, String(Date.now())] }], sql);
      return made?.changes === 1;
    },
    async erase(id) {
      check(id);
      if (id === defaultTenant) throw errors.AF_TENANT_PROTECTED({ tenant: id });
      there.delete(id);
      return eraseRows(pool, id);
    },
    async list({ after = '', limit = 1000 } = {}) {
      const sql = `SELECT id FROM ${tenantsTable} WHERE id > $1 ORDER BY id LIMIT $2`;
      const values = [after, String(Math.min(Math.max(0, Math.floor(limit)), Number.MAX_SAFE_INTEGER))];
      const [found] = await sendAlone(pool, [{ text: sql, values, name: ownName('tenants') }], sql, true);
      const rows = (found?.rows ?? []) as readonly { readonly id: string }[]; // the statement names the one column
      return rows.map(({ id }) => id);
    },
    async migrate(plugin, migrations) {
      await migratePostgres(context, { plugin, scope: 'tenant' }, migrations);
    },
  };
}
