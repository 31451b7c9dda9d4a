import type { Database } from 'better-sqlite3';
import { storageErrors as errors, type Migration } from '@agent-factory/sdk/contracts';
import { translate } from './driver-errors.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import {
  checkOrder,
  findEntry,
  putEntry,
  readEntries,
  removeEntry,
  toEntry,
  type LedgerEntry,
  type MigrationOwner,
} from './sqlite-ledger.ts';

/**
 * Applies each migration once, in order, each in a transaction of its own that locks other processes out.
 * A ledger that knows more than `migrations` is accepted: a newer version of the plugin may run beside.
 */
export async function migrateSqlite(
  connection: SqliteConnection,
  owner: MigrationOwner,
  migrations: readonly Migration[],
): Promise<void> {
  checkOrder(owner.plugin, migrations);
  await applyEntries(
    connection,
    migrations.map((migration) => toEntry(owner, migration, 'applied')),
  );
}

/** Applies those that the file does not have yet, in their order. */
export async function applyEntries(
  connection: SqliteConnection,
  entries: readonly LedgerEntry[],
): Promise<void> {
  const { turnstile, statements, busyTimeoutMs } = connection;
  let applied = false;
  try {
    for (const entry of entries)
      applied = (await turnstile.pass(() => applyOnce(connection, entry), busyTimeoutMs)) || applied;
  } finally {
    if (applied) statements.clear();
  }
}

/** Applies one migration unless it is in the ledger; says whether it did. */
function applyOnce(connection: SqliteConnection, entry: LedgerEntry): boolean {
  const { database, file, durability } = connection;
  // Without a lock, which is all a restart needs.
  if (findEntry(database, entry) !== undefined) return false;
  connection.synchronize(durability);
  return run(database, file, entry, entry.up, () => {
    if (findEntry(database, entry) !== undefined) return false;
    return () => putEntry(database, { ...entry, state: 'applied', applied_at: Date.now() });
  });
}

/** Undoes what was applied above version `to`, the newest first; gives what it undid. */
export async function undoEntries(
  connection: SqliteConnection,
  { plugin, scope }: Pick<MigrationOwner, 'plugin' | 'scope'>,
  to: number,
): Promise<readonly LedgerEntry[]> {
  const { database, turnstile, statements, file, busyTimeoutMs } = connection;
  const undone: LedgerEntry[] = [];
  const above = await turnstile.pass(
    () => readEntries(database, scope, plugin).filter(({ version }) => version > to),
    busyTimeoutMs,
  );
  try {
    for (const entry of above.toReversed()) {
      const undo = (): boolean =>
        run(database, file, entry, entry.down, () => {
          // Somebody may have been quicker.
          if (findEntry(database, entry) === undefined) return false;
          return () => void removeEntry(database, entry);
        });
      if (await turnstile.pass(undo, busyTimeoutMs)) undone.push(entry);
    }
  } finally {
    if (undone.length > 0) statements.clear();
  }
  return undone;
}

/** Applies migrations to a database that nobody else has. */
export function applyDirectly(database: Database, entries: readonly LedgerEntry[]): void {
  for (const entry of entries)
    run(
      database,
      database.name,
      entry,
      entry.up,
      () => () => putEntry(database, { ...entry, state: 'applied' }),
    );
}

/** Undoes migrations of a database that nobody else has. */
export function undoDirectly(database: Database, entries: readonly LedgerEntry[]): void {
  for (const entry of entries)
    run(database, database.name, entry, entry.down, () => () => void removeEntry(database, entry));
}

/**
 * Runs a migration's text and writes the ledger, in one transaction unless the migration has none. `begin` looks
 * whether it is still to be done, and gives what writes the ledger.
 */
function run(
  database: Database,
  file: string,
  entry: LedgerEntry,
  text: string,
  begin: () => false | (() => void),
): boolean {
  const { plugin, version, name, scope, transactional } = entry;
  const fail = (reason: string): Error =>
    errors.AF_STORAGE_MIGRATION_FAILED({ plugin, version, name, reason });
  const sql = scope === 'tenant' ? text.replaceAll(/\{\{tenant\.(?:column|key)\}\}/g, '') : text;
  const exec = (): void => {
    try {
      database.exec(sql);
    } catch (error) {
      if (translate(error, file, sql).retryable) throw error;
      throw fail(error instanceof Error ? error.message : String(error));
    }
    if (database.inTransaction !== (transactional === 1))
      throw fail(transactional ? 'it ended the transaction it ran in' : 'it left a transaction open');
  };
  try {
    if (transactional) database.exec('BEGIN IMMEDIATE');
    const write = begin();
    if (write) {
      exec();
      write();
    }
    if (transactional) database.exec('COMMIT');
    return write !== false;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  } finally {
    // What has no transaction may have switched it off.
    if (!transactional) database.pragma('foreign_keys = ON');
  }
}
