import { hash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import {
  storageErrors as errors,
  type AppliedMigration,
  type Migration,
  type MigrationScope,
} from '@agent-factory/sdk/contracts';

/**
 * How far a migration is. In a tenant's file all are `applied`. In the platform's, a row of scope `tenant` says what
 * every tenant is to have: `pending` until each has it, `undoing` while it is taken from them.
 */
export type LedgerState = 'applied' | 'pending' | 'undoing';

/** A row of the ledger. */
export interface LedgerEntry {
  readonly plugin: string;
  readonly scope: MigrationScope;
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly up: string;
  readonly down: string;
  /** 0 or 1. */
  readonly transactional: number;
  readonly state: LedgerState;
  readonly applied_at: number;
  readonly kernel: string;
}

/** Creates the ledger where it is missing. */
export const ledgerSchema = `
CREATE TABLE IF NOT EXISTS af_storage_sqlite_migrations (
  plugin TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('platform', 'tenant')),
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  up TEXT NOT NULL,
  down TEXT NOT NULL,
  transactional INTEGER NOT NULL CHECK (transactional IN (0, 1)),
  state TEXT NOT NULL CHECK (state IN ('applied', 'pending', 'undoing')),
  applied_at INTEGER NOT NULL,
  kernel TEXT NOT NULL,
  PRIMARY KEY (plugin, scope, version)
) WITHOUT ROWID`;

/** Who migrates which tables. */
export interface MigrationOwner {
  readonly plugin: string;
  readonly scope: MigrationScope;
  /** Version of the kernel, kept for those who look for the cause of a fault. */
  readonly kernelVersion: string;
}

/** Fails with AF_STORAGE_MIGRATION_ORDER unless the migrations are numbered 1, 2, 3 …. */
export function checkOrder(plugin: string, migrations: readonly Migration[]): void {
  const misplaced = migrations.findIndex(({ version }, index) => version !== index + 1);
  if (misplaced === -1) return;
  const found = migrations[misplaced]?.version ?? 'none';
  throw errors.AF_STORAGE_MIGRATION_ORDER({ plugin, place: misplaced + 1, found });
}

/** A migration as a row. */
export function toEntry(
  { plugin, scope, kernelVersion }: MigrationOwner,
  { version, name, up, down, transactional = true }: Migration,
  state: LedgerState,
): LedgerEntry {
  const checksum = hash('sha256', `${up}\0${down}`);
  const stored = transactional ? 1 : 0;
  const now = Date.now();
  return {
    plugin,
    scope,
    version,
    name,
    checksum,
    up,
    down,
    transactional: stored,
    state,
    applied_at: now,
    kernel: kernelVersion,
  };
}

/** Rows of one scope, of one plugin or of all, the oldest first. */
export function readEntries(
  database: Database,
  scope: MigrationScope,
  plugin?: string,
): readonly LedgerEntry[] {
  return database
    .prepare<(string | null)[], LedgerEntry>(
      `SELECT * FROM af_storage_sqlite_migrations
       WHERE scope = ? AND plugin = COALESCE(?, plugin) ORDER BY plugin, version`,
    )
    .all(scope, plugin ?? null);
}

/** What is in the ledger under the number of this entry; AF_STORAGE_MIGRATION_CHANGED when it is another text. */
export function findEntry(database: Database, entry: LedgerEntry): LedgerEntry | undefined {
  const { plugin, scope, version, name, checksum } = entry;
  const row = database
    .prepare<[string, string, number], LedgerEntry>(
      'SELECT * FROM af_storage_sqlite_migrations WHERE plugin = ? AND scope = ? AND version = ?',
    )
    .get(plugin, scope, version);
  if (row !== undefined && row.checksum !== checksum)
    throw errors.AF_STORAGE_MIGRATION_CHANGED({ plugin, version, name });
  return row;
}

/** Adds a row, or puts another in its place. */
export function putEntry(database: Database, entry: LedgerEntry): void {
  database
    .prepare<[LedgerEntry]>(
      `INSERT OR REPLACE INTO af_storage_sqlite_migrations VALUES
       (@plugin, @scope, @version, @name, @checksum, @up, @down, @transactional, @state, @applied_at, @kernel)`,
    )
    .run(entry);
}

/** Removes a row; says whether it was there. */
export function removeEntry(database: Database, { plugin, scope, version }: LedgerEntry): boolean {
  const sql = 'DELETE FROM af_storage_sqlite_migrations WHERE plugin = ? AND scope = ? AND version = ?';
  return database.prepare(sql).run(plugin, scope, version).changes > 0;
}

/** A row as the contract shows it. */
export function toApplied({
  plugin,
  scope,
  version,
  name,
  checksum,
  applied_at,
}: LedgerEntry): AppliedMigration {
  return { plugin, scope, version, name, checksum, appliedAt: applied_at };
}

/** Fails with AF_STORAGE_LEDGER_INVALID where a plugin's numbers in the ledger have a gap. */
export function checkLedger(database: Database, file: string): void {
  const rows = database
    .prepare<[], Pick<LedgerEntry, 'plugin' | 'scope' | 'version'>>(
      'SELECT plugin, scope, version FROM af_storage_sqlite_migrations ORDER BY plugin, scope, version',
    )
    .all();
  let owner = '';
  let version = 0;
  for (const row of rows) {
    const { plugin, scope } = row;
    version = owner === `${plugin} ${scope}` ? version + 1 : 1;
    owner = `${plugin} ${scope}`;
    if (row.version !== version) throw errors.AF_STORAGE_LEDGER_INVALID({ database: file, plugin, version });
  }
}
