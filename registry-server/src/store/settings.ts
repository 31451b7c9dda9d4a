import type { Sql } from './sql.ts';

/** A setting that the registry keeps for itself. */
export async function readSetting(sql: Sql, name: string): Promise<string | undefined> {
  return (await sql.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', [name]))?.value;
}

/** Sets it, inside a write. */
export async function writeSetting(sql: Sql, name: string, value: string): Promise<void> {
  await sql.run(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    [name, value],
  );
}
