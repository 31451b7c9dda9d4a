import type { Database } from 'better-sqlite3';
import {
  pluginOfPart,
  storageErrors as errors,
  type SqlValue,
  type TransferRow,
  type TransferScope,
  type TransferSnapshot,
  type TransferTable,
} from '@agent-factory/sdk/contracts';
import { openReadOnly } from './sqlite-connection.ts';
import { readEntries } from './sqlite-ledger.ts';
import { openTenantReadOnly } from './sqlite-tenant-analytics.ts';
import type { SqliteTenants } from './sqlite-tenant-storage.ts';
import { contentTablesOf } from './table-shape.ts';

/** Of so many tenants the files are held from the start; the rest are opened when their turn comes. */
const heldTenants = 100;

/** A snapshot, and how it ends. */
export interface SqliteSnapshot extends TransferSnapshot {
  close(): void;
}

/**
 * Opens a view of the platform's file and of each tenant's. The platform and the first hundred tenants are seen as they
 * are now; each further tenant as it is when it is first asked for.
 */
export async function openSqliteSnapshot(
  platformFile: string,
  tenants: SqliteTenants,
  busyTimeoutMs: number,
): Promise<SqliteSnapshot> {
  const held = new Map<TransferScope, Database>();
  let late: { readonly scope: TransferScope; readonly database: Database } | undefined;
  const close = (): void => {
    for (const database of [...held.values(), ...(late ? [late.database] : [])]) database.close();
  };

  const open = async (scope: TransferScope): Promise<Database | undefined> => {
    if (scope === null) return openReadOnly(platformFile, busyTimeoutMs);
    return openTenantReadOnly(tenants, scope, busyTimeoutMs);
  };
  const databaseOf = async (scope: TransferScope): Promise<Database | undefined> => {
    const known = held.get(scope) ?? (late?.scope === scope ? late.database : undefined);
    if (known !== undefined) return known;
    const database = await open(scope);
    if (database === undefined) return undefined;
    pin(database);
    late?.database.close();
    late = { scope, database };
    return database;
  };

  try {
    const ids = await tenants.list({ limit: Infinity });
    for (const scope of [null, ...ids.slice(0, heldTenants)]) {
      const database = await open(scope);
      if (database !== undefined) held.set(scope, database);
    }
    // Opening takes its time; all at one stroke is then as near to one moment as files of their own can be.
    for (const database of held.values()) pin(database);
    const scopes = [null, ...ids.filter((id, index) => index >= heldTenants || held.has(id))];
    const platform = held.get(null);
    const schema = platform ? schemaOf(platform) : [];
    return {
      schema,
      close,
      async *scopes() {
        yield* scopes;
      },
      async tables(scope) {
        const database = await databaseOf(scope);
        return database === undefined ? [] : contentTablesOf(database);
      },
      async rows(scope, table, options) {
        const database = await databaseOf(scope);
        return database === undefined ? [] : readPage(database, table, options);
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Begins a read transaction: what others commit from now on is not seen. */
function pin(database: Database): void {
  database.exec('BEGIN');
  database.prepare('SELECT COUNT(*) FROM sqlite_schema').get();
}

function schemaOf(database: Database): readonly string[] {
  const entries = (['platform', 'tenant'] as const).flatMap((scope) => readEntries(database, scope));
  return entries
    .filter(({ state, plugin }) => state === 'applied' && pluginOfPart(plugin) === undefined)
    .map(({ plugin, scope, version, name }) => `${plugin} ${scope} ${version} ${name}`)
    .sort();
}

function readPage(
  database: Database,
  { name, columns, key }: TransferTable,
  { after, limit }: { readonly after?: TransferRow; readonly limit: number },
): readonly TransferRow[] {
  if (after !== undefined && after.length !== key.length)
    throw errors.AF_STORAGE_STATEMENT_INVALID({
      reason: `a key of ${name} has ${key.length} column(s), not ${after.length}`,
      sql: `rows of ${name}`,
    });
  const keys = key.map(quote).join(', ');
  const where = after === undefined ? '' : `WHERE (${keys}) > (${key.map(() => '?').join(', ')})`;
  const sql = `SELECT ${columns.map(quote).join(', ')} FROM ${quote(name)} ${where} ORDER BY ${keys} LIMIT ?`;
  const rows = database
    .prepare<SqlValue[], SqlValue[]>(sql)
    .safeIntegers(true)
    .raw(true)
    .all(...(after ?? []), limit);
  for (const row of rows)
    for (let index = 0; index < row.length; index++) {
      const value = row[index];
      if (typeof value === 'bigint' && value >= -largest && value <= largest) row[index] = Number(value);
    }
  return rows;
}

const largest = BigInt(Number.MAX_SAFE_INTEGER);

/** A name, in quotation marks. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
