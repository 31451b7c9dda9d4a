import { dirname } from 'node:path';
import { Secret, type JsonObject } from '@agent-factory/sdk';
import type { SecretVault, SqlDatabase, SqlValue } from '@agent-factory/sdk/contracts';

const folder = dirname(dirname(import.meta.dirname));

/** The plugin with these keys, the first of which seals; each is made of its id, or of what stands behind a colon. */
export function secretsPlugin(
  keys: readonly string[],
  config: JsonObject = {},
): { readonly use: string; readonly config: JsonObject } {
  const given = keys.map((key) => {
    const [id = '', text = id] = key.split(':');
    return { id, secret: `${text} and enough more to be a key of its own` };
  });
  return { use: folder, config: { ...config, keys: given } };
}

/** Keeps a value, for a host. */
export async function keep(
  vault: SecretVault,
  tenant: string,
  name: string,
  value: string,
  hosts: readonly string[] = ['api.example.org'],
): Promise<void> {
  await vault.tenant(tenant).put(name, { value: new Secret(value), hosts });
}

const tables = ['af_secrets_sql_keys', 'af_secrets_sql_secrets', 'af_secrets_sql_versions'] as const;

/** Everything kept of a tenant, table by table. */
export async function rowsOf(
  database: SqlDatabase,
): Promise<Record<(typeof tables)[number], readonly Record<string, SqlValue>[]>> {
  const read = (table: string) => database.query<Record<string, SqlValue>>(`SELECT * FROM ${table}`);
  const [keys, secrets, versions] = [await read(tables[0]), await read(tables[1]), await read(tables[2])];
  return {
    af_secrets_sql_keys: keys,
    af_secrets_sql_secrets: secrets,
    af_secrets_sql_versions: versions,
  };
}

/** Puts rows of another tenant in the place of what a tenant has. */
export async function putRows(
  database: SqlDatabase,
  rows: Awaited<ReturnType<typeof rowsOf>>,
  only: readonly string[] = tables,
): Promise<void> {
  for (const [table, all] of Object.entries(rows).filter(([name]) => only.includes(name))) {
    await database.execute(`DELETE FROM ${table}`);
    for (const row of all) {
      // The storage says whose row it is.
      const columns = Object.keys(row).filter((column) => !/tenant/.test(column));
      await database.execute(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        columns.map((column) => row[column] ?? null),
      );
    }
  }
}
