import type pg from 'pg';
import { lockKey } from './lock-key.ts';
import { MigrationFault } from './migration-fault.ts';
import { tenantColumn } from './tenant-rules.ts';
import { indexOfTable } from './text-search-tables.ts';
import type { TenantRoles } from './tenant-roles.ts';

/** Name of the policy that makes a table one of tenants. */
export const tenantPolicy = 'af_storage_postgres_tenant';
const analyticsPolicy = 'af_storage_postgres_analytics';

const column = `${tenantColumn} TEXT COLLATE "C" NOT NULL DEFAULT current_setting('af.tenant'), `;

/** A tenant migration as this engine runs it. */
export function expandTenantMacros(sql: string): string {
  return sql
    .replaceAll('{{tenant.column}}', () => column)
    .replaceAll('{{tenant.key}}', () => `${tenantColumn}, `);
}

const own = "n.nspname = current_schema() AND c.relkind IN ('r', 'p')";

/** Tables of the platform's schema whose names are ours. */
export async function ourTables(client: pg.ClientBase): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${own} AND c.relname LIKE 'af\\_%' AND c.relname NOT LIKE 'af\\_storage\\_postgres\\_%'`,
  );
  return new Set(rows.map(({ name }) => name));
}

/** Tables with rows of tenants. */
export async function tenantTables(client: pg.ClientBase): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${own} AND p.polname = $1`,
    [tenantPolicy],
  );
  return new Set(rows.map(({ name }) => name));
}

/** Tables that are there under names that are not ours; of other schemas, those that the transaction under way has touched. */
export async function otherTables(client: pg.ClientBase): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND (n.nspname <> current_schema() AND c.xmin::text = (pg_current_xact_id()::text::bigint & 4294967295)::text
      OR n.nspname = current_schema() AND (c.relname NOT LIKE 'af\\_%' OR c.relname LIKE 'af\\_storage\\_postgres\\_%'
      OR c.relkind IN ('m', 'f')))`,
  );
  return new Set(rows.map(({ name }) => name));
}

/** Why a table cannot hold rows of tenants apart, or `undefined`. */
async function flawOf(client: pg.ClientBase, table: string): Promise<string | undefined> {
  const { rows } = await client.query<{ flaw: string }>(
    `WITH t AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${own} AND c.relname = $1),
      a AS (SELECT attnum FROM pg_attribute, t WHERE attrelid = t.oid AND attname = '${tenantColumn}' AND NOT attisdropped)
    SELECT 'put {{tenant.column}} before the first column of ' || $1 AS flaw WHERE NOT EXISTS (SELECT FROM a)
    UNION ALL
    SELECT 'put {{tenant.key}} before the columns of the unique key ' || i.indexrelid::regclass
      FROM pg_index i, t WHERE i.indrelid = t.oid AND i.indisunique
      AND NOT EXISTS (SELECT FROM a WHERE a.attnum = ANY (i.indkey::int2[]))
    UNION ALL
    SELECT 'put {{tenant.key}} before the columns, on both sides, of the foreign key ' || k.conname
      FROM pg_constraint k, t WHERE k.conrelid = t.oid AND k.contype = 'f'
      AND NOT EXISTS (SELECT FROM a, unnest(k.conkey, k.confkey) AS pair(here, there)
        JOIN pg_attribute other ON other.attnum = pair.there AND other.attrelid = k.confrelid
        WHERE pair.here = a.attnum AND other.attname = '${tenantColumn}')
    LIMIT 1`,
    [table],
  );
  return rows[0]?.flaw;
}

/** Puts row-level security on a table, so that each tenant sees and writes its own rows alone. */
async function protect(client: pg.ClientBase, table: string): Promise<void> {
  // After its first transaction, the setting of a connection is empty rather than absent.
  const mine = `${tenantColumn} = NULLIF(current_setting('af.tenant', true), '')`;
  await client.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
  await client.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
  await client.query(`CREATE POLICY ${tenantPolicy} ON ${table} USING (${mine}) WITH CHECK (${mine})`);
}

/** Checks what a tenant migration left, and protects the tables it made. Throws a fault with the reason it cannot stay. */
export async function protectNewTables(
  client: pg.ClientBase,
  before: ReadonlySet<string>,
  othersBefore: ReadonlySet<string>,
): Promise<void> {
  for (const other of await otherTables(client))
    if (!othersBefore.has(other))
      throw new MigrationFault(
        `tenants would not be kept apart in ${other}: a table of tenants is an ordinary one of the platform's schema, and its name begins with af_ and the plugin's id`,
      );
  const known = await tenantTables(client);
  for (const table of await ourTables(client)) {
    // An index of texts, which belongs to the platform, may be opened meanwhile.
    if ((before.has(table) || indexOfTable(table) !== undefined) && !known.has(table)) continue;
    const flaw = await flawOf(client, table);
    if (flaw !== undefined) throw new MigrationFault(flaw);
    if (!known.has(table)) await protect(client, table);
  }
}

/** Tables of tenants that the roles may not use yet. A database that was copied still has its policies for other roles. */
async function ungranted(
  client: pg.ClientBase,
  { tenant, analytics }: TenantRoles,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${own} AND p.polname = $1
    AND NOT (EXISTS (SELECT FROM pg_policy other WHERE other.polrelid = c.oid AND other.polname = $2
        AND other.polroles = ARRAY[to_regrole($4)::oid])
      AND has_table_privilege($3, c.oid, 'SELECT') AND has_table_privilege($3, c.oid, 'INSERT')
      AND has_table_privilege($3, c.oid, 'UPDATE') AND has_table_privilege($3, c.oid, 'DELETE')
      AND has_table_privilege($4, c.oid, 'SELECT'))`,
    [tenantPolicy, analyticsPolicy, tenant, analytics],
  );
  return rows.map(({ name }) => name);
}

/** Whether {@link grantTables} has something to do. */
export async function needsGrants(client: pg.ClientBase, roles: TenantRoles): Promise<boolean> {
  const { rows } = await client.query<{ usable: boolean }>(
    `SELECT has_schema_privilege($1, current_schema(), 'USAGE')
      AND has_schema_privilege($2, current_schema(), 'USAGE') AS usable`,
    [roles.tenant, roles.analytics],
  );
  return rows[0]?.usable !== true || (await ungranted(client, roles)).length > 0;
}

/** Lets the roles use the tables of tenants; those they may use already stay as they are. */
export async function grantTables(client: pg.ClientBase, roles: TenantRoles): Promise<void> {
  const { tenant, analytics } = roles;
  const { rows: schemas } = await client.query<{ name: string; usable: boolean }>(
    `SELECT quote_ident(current_schema()) AS name, has_schema_privilege($1, current_schema(), 'USAGE')
      AND has_schema_privilege($2, current_schema(), 'USAGE') AS usable`,
    [tenant, analytics],
  );
  const [schema] = schemas;
  if (schema && !schema.usable)
    await client.query(`GRANT USAGE ON SCHEMA ${schema.name} TO ${tenant}, ${analytics}`);
  for (const name of await ungranted(client, roles)) {
    await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${name} TO ${tenant}`);
    await client.query(`GRANT SELECT ON ${name} TO ${analytics}`);
    await client.query(`DROP POLICY IF EXISTS ${analyticsPolicy} ON ${name}`);
    // A user that inherits the role must not see more for it.
    await client.query(
      `CREATE POLICY ${analyticsPolicy} ON ${name} FOR SELECT TO ${analytics} USING (current_user = '${analytics}')`,
    );
  }
}

/** Lets the owner reach the rows of all tenants in these tables, until {@link shut}. */
export async function open(client: pg.ClientBase, tables: readonly string[]): Promise<void> {
  for (const table of tables) await client.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
}

/** Ends what {@link open} began, for those tables that are still there. */
export async function shut(client: pg.ClientBase, tables: readonly string[]): Promise<void> {
  const left = await ourTables(client);
  for (const table of tables)
    if (left.has(table)) await client.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
}

/** The lock that is shared by every transaction of a tenant, and held alone by its end. */
export function tenantLock(id: string): string {
  return lockKey(`tenant-exists:${id}`);
}
