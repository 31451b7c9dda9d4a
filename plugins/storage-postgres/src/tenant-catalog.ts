import { isAgentFactoryError } from '@agent-factory/sdk';
import type { ConnectionPool } from './connection-pool.ts';
import { translate } from './driver-errors.ts';
import type { SqlText, SqlTexts } from './sql-text.ts';
import { unknownTable, type TenantCatalog } from './tenant-rules.ts';
import { tenantPolicy } from './tenant-tables.ts';

/** Reads a statement; looks at the database again before one is refused, whose table may be new. */
export function readFresh(texts: SqlTexts, catalog: TenantCatalog, sql: string): SqlText | Promise<SqlText> {
  const asked = performance.now();
  // What other tables and schemas there are has to be known before a statement can be kept from them.
  if (!catalog.isFresh(0)) return catalog.refresh().then(() => texts.get(sql));
  try {
    return texts.get(sql);
  } catch (error) {
    if (catalog.isFresh(asked) || !mayBeNew(error)) throw error;
    return catalog.refresh().then(() => texts.get(sql));
  }
}

/** Whether a statement was refused for a table that may have been made since. */
export function mayBeNew(error: unknown): boolean {
  return isAgentFactoryError(error) && String(error.details['reason']).endsWith(unknownTable);
}

/** Knows the tables of the database, as of the last look. */
export function createTenantCatalog(pool: ConnectionPool): TenantCatalog {
  let tenantTables: ReadonlySet<string> = new Set();
  let foreign: ReadonlySet<string> = new Set();
  let looked = -Infinity;
  return {
    isTenantTable: (name) => tenantTables.has(name),
    isForeign: (name) => foreign.has(name),
    isFresh: (moment) => looked >= moment,
    async refresh() {
      const begun = performance.now();
      // One besides those that are lent: the statement that waits for this may hold the last of them.
      const connection = await pool.extra();
      try {
        const { rows } = await connection.client.query<{ name: string; tenants: boolean }>(
          `SELECT c.relname AS name, EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid
              AND p.polname = '${tenantPolicy}') AS tenants
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          UNION ALL
          SELECT nspname, false FROM pg_namespace WHERE nspname <> ALL (current_schemas(false))`,
        );
        tenantTables = new Set(rows.filter(({ tenants }) => tenants).map(({ name }) => name));
        foreign = new Set(rows.filter(({ tenants }) => !tenants).map(({ name }) => name));
        looked = begun;
      } catch (error) {
        throw translate(error, pool.place);
      } finally {
        connection.end();
      }
    },
  };
}
