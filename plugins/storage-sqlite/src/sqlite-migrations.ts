import { createHash } from 'node:crypto';
import type { Migration } from '@agent-factory/sdk/contracts';
import { translate } from './driver-errors.ts';
import { errors } from './errors.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

interface LedgerRow {
  readonly plugin: string;
  readonly version: number;
  readonly checksum: string;
}

/**
 * Applies each migration once, in order, each in a transaction of its own that locks other processes out.
 * A ledger that knows more than `migrations` is accepted: a newer version of the plugin may run beside.
 */
export async function migrateSqlite(
  connection: SqliteConnection,
  plugin: string,
  migrations: readonly Migration[],
  busyTimeoutMs: number,
): Promise<void> {
  const misplaced = migrations.findIndex(({ version }, index) => version !== index + 1);
  if (misplaced !== -1) {
    const found = migrations[misplaced]?.version ?? 'none';
    throw errors.AF_STORAGE_MIGRATION_ORDER({ plugin, place: misplaced + 1, found });
  }
  const { turnstile, statements } = connection;
  let applied = false;
  for (const migration of migrations)
    applied =
      (await turnstile.pass(() => applyOnce(connection, plugin, migration), busyTimeoutMs)) || applied;
  if (applied) statements.clear();
}

/** Applies one migration unless it is in the ledger; says whether it did. */
function applyOnce(connection: SqliteConnection, plugin: string, migration: Migration): boolean {
  const { database } = connection;
  const { version, name, down } = migration;
  const checksum = checksumOf(migration);
  const known = database.prepare<[string, number], LedgerRow>(
    'SELECT plugin, version, checksum FROM af_storage_sqlite_migrations WHERE plugin = ? AND version = ?',
  );
  const isApplied = (): boolean => {
    const row = known.get(plugin, version);
    if (row !== undefined && row.checksum !== checksum)
      throw errors.AF_STORAGE_MIGRATION_CHANGED({ plugin, version, name });
    return row !== undefined;
  };
  if (isApplied()) return false; // without a lock, which is all a restart needs
  database.exec('BEGIN IMMEDIATE');
  try {
    if (isApplied()) {
      database.exec('COMMIT');
      return false;
    }
    runUp(connection, plugin, migration);
    database
      .prepare('INSERT INTO af_storage_sqlite_migrations VALUES (?, ?, ?, ?, ?, ?)')
      .run(plugin, version, name, checksum, Date.now(), down);
    database.exec('COMMIT');
    return true;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function runUp({ database, file }: SqliteConnection, plugin: string, { version, name, up }: Migration): void {
  let reason: string;
  try {
    database.exec(up);
    if (database.inTransaction) return;
    reason = 'it ended the transaction it ran in';
  } catch (error) {
    if (translate(error, file, up).retryable) throw error;
    reason = error instanceof Error ? error.message : String(error);
  }
  throw errors.AF_STORAGE_MIGRATION_FAILED({ plugin, version, name, reason });
}

/** Fails with AF_STORAGE_LEDGER_INVALID where a plugin's numbers in the ledger have a gap. */
export function checkLedger({ database, file }: SqliteConnection): void {
  const rows = database
    .prepare<[], LedgerRow>(
      'SELECT plugin, version FROM af_storage_sqlite_migrations ORDER BY plugin, version',
    )
    .all();
  let plugin = '';
  let version = 0;
  for (const row of rows) {
    version = row.plugin === plugin ? version + 1 : 1;
    plugin = row.plugin;
    if (row.version !== version) throw errors.AF_STORAGE_LEDGER_INVALID({ file, plugin, version });
  }
}

function checksumOf({ up, down }: Migration): string {
  return createHash('sha256').update(up).update('\0').update(down).digest('hex');
}
