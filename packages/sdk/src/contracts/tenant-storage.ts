import { defineContract, type SingleContract } from '../contract.ts';
import type { Migration } from './migration.ts';
import type { SqlDatabase, SqlValue } from './storage.ts';

/** The tenant everything belongs to where nobody made others. It is always there. */
export const defaultTenant = 'default';

/** A tenant's id: 1 to 63 lower-case letters, digits and hyphens, beginning with a letter or digit. */
export const tenantIdPattern: RegExp = /^[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * Where tenants keep what is theirs. A handle sees the tables of one tenant and nothing else; it is the only way to
 * them. Statements on a handle never name the tenant: on PostgreSQL row-level security adds it, on SQLite each tenant
 * has a file of its own.
 */
export interface TenantStorage {
  /**
   * The tenant's database. AF_TENANT_ID_INVALID, or AF_TENANT_UNKNOWN when it was never created. Get it anew for each
   * piece of work: it is cheap, and a handle kept for long may have been closed (AF_STORAGE_CLOSED) to make room.
   */
  tenant(id: string): Promise<SqlDatabase>;
  /** Creates a tenant; one that is there stays as it is. Whether it was this call that made it, in whatever process. */
  create(id: string): Promise<boolean>;
  /**
   * Removes a tenant and everything it has, for good. One that is not there is no error. The default one is refused
   * (AF_TENANT_PROTECTED). Whether it was this call that removed it, in whatever process.
   */
  erase(id: string): Promise<boolean>;
  /** Ids in order, those after `after`, at most `limit` (default 1,000). */
  list(options?: { readonly after?: string; readonly limit?: number }): Promise<readonly string[]>;
  /**
   * Brings a plugin's tenant tables up to date, for every tenant there is and every one to come; rules as for
   * `Storage.migrate`.
   */
  migrate(plugin: string, migrations: readonly Migration[]): Promise<void>;
}

/** Token of {@link TenantStorage}. */
export const TenantStorage: SingleContract<TenantStorage> = defineContract<TenantStorage>({
  id: 'tenant-storage',
  version: '1.0.0',
  description: 'A database for each tenant, apart from all others.',
});

/** Reads across tenants; a capability of its own, so that a plugin has to ask for it. Nothing can be changed through it. */
export interface TenantAnalytics {
  /**
   * Rows of all tenants. The statement is run once for each shard, which holds one tenant or many, and the rows are put
   * after one another: ORDER BY, LIMIT and aggregates hold within a shard. `{{tenant.id}}` in the statement stands for
   * the id of a row's tenant.
   *
   * @example
   * ```ts
   * declare const analytics: TenantAnalytics;
   * await analytics.query<{ tenant: string; runs: number }>(
   *   'SELECT {{tenant.id}} AS tenant, COUNT(*) AS runs FROM af_journal_sql_runs GROUP BY 1',
   * );
   * ```
   */
  query<Row extends object>(sql: string, params?: readonly SqlValue[]): Promise<readonly Row[]>;
}

/** Token of {@link TenantAnalytics}. */
export const TenantAnalytics: SingleContract<TenantAnalytics> = defineContract<TenantAnalytics>({
  id: 'tenant-analytics',
  version: '1.0.0',
  description: 'Reads across all tenants.',
});

const tenantsAtOnce = 1_000;

/** Every tenant there is, or every one after `after`, by id, page by page. */
export async function* everyTenant(
  tenants: Pick<TenantStorage, 'list'>,
  after?: string,
): AsyncGenerator<string, void, undefined> {
  for (let from = after; ;) {
    const page = await tenants.list({ limit: tenantsAtOnce, ...(from !== undefined && { after: from }) });
    yield* page;
    from = page.at(-1);
    if (page.length < tenantsAtOnce) return;
  }
}
