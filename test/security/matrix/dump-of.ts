import { Storage, TenantStorage, type SqlDatabase } from '@agent-factory/sdk/contracts';
import type { TestKernel } from '@agent-factory/sdk/testing';

/** Everything the platform and both tenants keep, but what requests may note, as text to compare. */
export async function dumpOf(kernel: TestKernel): Promise<string> {
  const storage = kernel.use(Storage);
  const tenants = kernel.use(TenantStorage);
  const parts = await Promise.all([
    tablesOf(storage, await namesIn(storage, 'platform')),
    ...['acme', 'globex'].map(async (tenant) => {
      const database = await tenants.tenant(tenant);
      const names = await namesIn(storage.dialect === 'sqlite' ? database : storage, 'tenant');
      return tablesOf(database, names);
    }),
  ]);
  return JSON.stringify(parts, undefined, 1);
}

/** Tables of the platform, or of tenants: on PostgreSQL all lie together, and those of tenants have row-level security. */
async function namesIn(database: SqlDatabase, whose: 'platform' | 'tenant'): Promise<readonly string[]> {
  const rows = await database.query<{ readonly name: string }>(
    database.dialect === 'sqlite'
      ? "SELECT name FROM sqlite_master WHERE type = 'table'"
      : `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
         AND relrowsecurity = ${whose === 'tenant'}`,
  );
  // What requests may note, and what the storage keeps for itself.
  const left = /audit_sql|prompt_log|telemetry_sql|auth_session_failures|^af_storage/;
  return rows
    .map(({ name }) => name)
    .filter((name) => name.startsWith('af_') && !left.test(name))
    .sort();
}

async function tablesOf(database: SqlDatabase, names: readonly string[]): Promise<unknown> {
  const found: Record<string, readonly string[]> = {};
  for (const name of names) {
    const rows = await database.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
    found[name] = rows
      .map(({ last_used_at: _used, seen_at: _seen, ...row }) =>
        JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      )
      .sort();
  }
  return found;
}
