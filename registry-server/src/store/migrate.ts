import { readFileSync, readdirSync } from 'node:fs';
import { errors } from '../errors.ts';
import { migrationsFolder } from '../package-files.ts';
import type { SqlDatabase } from './sql.ts';

/**
 * Brings a database to the newest form: runs what of `migrations/` has not run yet, each in a transaction of its own.
 * Files are append-only; `.sqlite` or `.postgres` in a name says that it is for that database alone.
 */
export async function migrate(database: SqlDatabase): Promise<void> {
  const other = database.dialect === 'sqlite' ? '.postgres.sql' : '.sqlite.sql';
  const files = readdirSync(migrationsFolder)
    .filter((file) => file.endsWith('.sql') && !file.endsWith(other))
    .sort();
  await database.write((sql) =>
    sql.run('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied TEXT NOT NULL)'),
  );
  for (const file of files) {
    const name = file.replace(/(\.sqlite|\.postgres)?\.sql$/, '');
    await database.write(async (sql) => {
      if (await sql.get('SELECT 1 FROM migrations WHERE name = ?', [name])) return;
      for (const statement of statementsOf(readFileSync(migrationsFolder + file, 'utf8')))
        await sql.run(statement);
      await sql.run('INSERT INTO migrations (name, applied) VALUES (?, ?)', [name, new Date().toISOString()]);
    });
  }
  const known = new Set(files.map((file) => file.replace(/(\.sqlite|\.postgres)?\.sql$/, '')));
  const applied = await database.all<{ name: string }>('SELECT name FROM migrations');
  const unknown = applied.find(({ name }) => !known.has(name));
  if (unknown) throw errors.AF_REGISTRY_STORE_NEWER({ migration: unknown.name });
}

/** Statements end with a semicolon at the end of a line that is not indented. */
function statementsOf(text: string): string[] {
  return text
    .split(/;\n(?=\S|\n|$)/)
    .map((each) => each.replace(/^--.*$/gm, '').trim())
    .filter(Boolean);
}
