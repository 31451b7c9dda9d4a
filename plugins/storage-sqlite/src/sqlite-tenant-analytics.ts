import type { Database } from 'better-sqlite3';
import { setImmediate as breathe } from 'node:timers/promises';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { storageErrors as errors, type SqlValue, type TenantAnalytics } from '@agent-factory/sdk/contracts';
import { translate } from './driver-errors.ts';
import { checkParams } from './sql-values.ts';
import { openReadOnly } from './sqlite-connection.ts';
import type { SqliteTenants } from './sqlite-tenant-storage.ts';
import { createStatementCache, readRows } from './statement-cache.ts';
import { readMark } from './tenant-schema.ts';

/** Reads across tenants: each file is opened for reading alone, one after another. */
export function createSqliteTenantAnalytics(tenants: SqliteTenants, busyTimeoutMs: number): TenantAnalytics {
  return {
    async query<Row extends object>(sql: string, params: readonly SqlValue[] = []) {
      checkParams(params, sql);
      const rows: Row[] = [];
      for (const id of await tenants.list({ limit: Infinity })) {
        const database = await openTenantReadOnly(tenants, id, busyTimeoutMs);
        if (database === undefined) continue;
        try {
          const statement = sql.replaceAll('{{tenant.id}}', `'${id}'`); // an id holds no quotation mark
          // The caller names the shape of the rows its statement gives.
          for (const row of readOnly(database, statement, params) as readonly Row[]) rows.push(row);
        } finally {
          database.close();
        }
        await breathe();
      }
      return rows;
    },
  };
}

/** A tenant's file, up to date, for reading; `undefined` when the tenant is no more. */
export async function openTenantReadOnly(
  tenants: SqliteTenants,
  id: string,
  busyTimeoutMs: number,
): Promise<Database | undefined> {
  let database: Database | undefined;
  try {
    database = await openReadOnly(tenants.path(id), busyTimeoutMs);
    // Opening it for writing brings it up to date, and this connection sees that too.
    if (readMark(database) !== tenants.mark()) await tenants.use(id, async () => undefined);
    return database;
  } catch (error) {
    database?.close();
    if (isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) return undefined;
    if (!isAgentFactoryError(error, 'AF_STORAGE_OPEN_FAILED')) throw error;
    const stillThere = (await tenants.list({ limit: Infinity })).includes(id);
    if (stillThere) throw error;
    return undefined;
  }
}

function readOnly(database: Database, sql: string, params: readonly SqlValue[]): readonly object[] {
  try {
    const statement = createStatementCache(database).get(sql);
    if (statement.prepared.readonly) return readRows(statement, params);
  } catch (error) {
    throw translate(error, database.name, sql);
  }
  const reason = 'reads across tenants change nothing';
  throw errors.AF_STORAGE_READ_ONLY({ database: database.name, reason });
}
