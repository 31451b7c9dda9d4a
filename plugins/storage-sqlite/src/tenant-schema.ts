import { hash } from 'node:crypto';
import Database from 'better-sqlite3';
import { storageErrors as errors, type Migration } from '@agent-factory/sdk/contracts';
import type { SqliteConnection } from './sqlite-connection.ts';
import {
  checkOrder,
  findEntry,
  ledgerSchema,
  putEntry,
  readEntries,
  removeEntry,
  toEntry,
  type LedgerEntry,
  type LedgerState,
} from './sqlite-ledger.ts';
import { applyDirectly, undoDirectly } from './sqlite-migrations.ts';

/**
 * What every tenant's tables are to be, kept in the platform's file. Its mark stands in the header of each file (SQLite's
 * `user_version`), so that a look at it tells whether a tenant is behind.
 */
export interface TenantSchema {
  /** Stands for all targets together; 0 when there are none. */
  mark(): number;
  /** What every tenant is to have, in the order in which it is applied. */
  targets(): readonly LedgerEntry[];
  /** A new tenant's file with all targets applied. */
  template(): Uint8Array;
  /**
   * Adds a plugin's migrations to the targets, and gives those that not every tenant may have yet: they are pending,
   * unless there was no tenant. They are first tried on an empty database: AF_STORAGE_MIGRATION_FAILED, and nothing is
   * added.
   */
  add(
    plugin: string,
    migrations: readonly Migration[],
    hasTenants: () => Promise<boolean>,
  ): Promise<readonly LedgerEntry[]>;
  /** Says that every tenant has them. */
  settle(entries: readonly LedgerEntry[]): Promise<void>;
  /**
   * Takes a plugin's migrations above `to` out of the targets, and gives them, the newest first. The way back is first
   * tried on an empty database: AF_STORAGE_MIGRATION_FAILED, and nothing is taken out.
   */
  withdraw(plugin: string, to: number): Promise<readonly LedgerEntry[]>;
  /** Forgets what no tenant has any more. */
  forget(entries: readonly LedgerEntry[]): Promise<void>;
}

/** Creates the schema of the tenants that belong to a platform's file. */
export function createTenantSchema(platform: SqliteConnection, kernelVersion: string): TenantSchema {
  const { database, turnstile, busyTimeoutMs } = platform;
  let made: { readonly mark: number; readonly content: Buffer } | undefined;

  const mark = (): number => readMark(database);
  const targets = (): readonly LedgerEntry[] => wanted(readEntries(database, 'tenant'));

  /** Changes the rows of the ledger and the mark together. */
  const change = <T>(work: () => T): Promise<T> =>
    turnstile.pass(() => {
      platform.synchronize(platform.durability);
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        writeMark(database, markOf(targets()));
        database.exec('COMMIT');
        return result;
      } catch (error) {
        if (database.inTransaction) database.exec('ROLLBACK');
        throw error;
      }
    }, busyTimeoutMs);

  const make = (entries: readonly LedgerEntry[]): Buffer => {
    const markOfAll = markOf(entries);
    if (made?.mark === markOfAll) return made.content;
    const content = build(entries, markOfAll);
    made = { mark: markOfAll, content };
    return content;
  };

  return {
    mark,
    targets,
    template: () => make(targets()),
    async add(plugin, migrations, hasTenants) {
      checkOrder(plugin, migrations);
      const owner = { plugin, scope: 'tenant', kernelVersion } as const;
      const entries = migrations.map((migration) => toEntry(owner, migration, 'pending'));
      const missing = (): readonly LedgerEntry[] =>
        entries.filter((entry) => findEntry(database, entry)?.state !== 'applied');
      // All there is to do at most starts.
      const first = await turnstile.pass(missing, busyTimeoutMs);
      if (first.length === 0) return [];
      make(together(targets(), first));
      const state: LedgerState = (await hasTenants()) ? 'pending' : 'applied';
      return change(() => {
        const now = missing().map((entry) => ({ ...entry, state }));
        for (const entry of now) putEntry(database, entry);
        return now;
      });
    },
    async settle(entries) {
      if (entries.some(({ state }) => state !== 'applied'))
        await change(() => setState(database, entries, 'applied'));
    },
    async withdraw(plugin, to) {
      const undoable = targets().filter((entry) => entry.plugin === plugin && entry.version > to);
      if (undoable.length > 0) rehearseUndo(make(targets()), undoable.toReversed());
      return change(() => {
        const above = readEntries(database, 'tenant', plugin).filter(({ version }) => version > to);
        setState(database, above, 'undoing');
        return above.toReversed();
      });
    },
    async forget(entries) {
      await change(() => {
        for (const entry of entries) removeEntry(database, entry);
      });
    },
  };
}

/** The mark in a file's header. */
export function readMark(database: Database.Database): number {
  // A number, as SQLite documents it.
  return database.pragma('user_version', { simple: true }) as number;
}

/** Writes the mark into a file's header. */
export function writeMark(database: Database.Database, mark: number): void {
  database.pragma(`user_version = ${mark}`);
}

const wanted = (entries: readonly LedgerEntry[]): readonly LedgerEntry[] =>
  entries.filter(({ state }) => state !== 'undoing');

function together(known: readonly LedgerEntry[], more: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const keyOf = ({ plugin, version }: LedgerEntry): string => `${plugin} ${version}`;
  const all = new Map([...known, ...more].map((entry) => [keyOf(entry), entry]));
  return [...all.values()].sort(
    (a, b) => Number(a.plugin > b.plugin) - Number(a.plugin < b.plugin) || a.version - b.version,
  );
}

function markOf(entries: readonly LedgerEntry[]): number {
  if (entries.length === 0) return 0;
  const lines = entries.map(({ plugin, version, checksum }) => `${plugin} ${version} ${checksum}\n`);
  return (hash('sha256', lines.join(''), 'buffer').readUInt32BE(0) >>> 1) | 1;
}

function setState(database: Database.Database, entries: readonly LedgerEntry[], state: LedgerState): void {
  for (const entry of entries) {
    const row = findEntry(database, entry);
    if (row !== undefined) putEntry(database, { ...row, state });
  }
}

function build(entries: readonly LedgerEntry[], mark: number): Buffer {
  const database = new Database(':memory:');
  try {
    database.exec(ledgerSchema);
    database.pragma('foreign_keys = ON');
    applyDirectly(database, entries);
    writeMark(database, mark);
    const content = database.serialize();
    // Write-ahead log from the start: https://sqlite.org/fileformat2.html#file_format_version_numbers
    content.fill(2, 18, 20);
    return content;
  } finally {
    database.close();
  }
}

function rehearseUndo(template: Buffer, entries: readonly LedgerEntry[]): void {
  // A database in memory has no write-ahead log.
  const database = new Database(Buffer.from(template).fill(1, 18, 20));
  try {
    undoDirectly(database, entries);
  } finally {
    database.close();
  }
}

/** The id, when it is one; AF_TENANT_ID_INVALID when it is none. */
export function refuseInvalid(id: unknown, pattern: RegExp): asserts id is string {
  if (typeof id === 'string' && pattern.test(id)) return;
  throw errors.AF_TENANT_ID_INVALID({ tenant: String(id) });
}
