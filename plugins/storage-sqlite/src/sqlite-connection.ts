import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { SqliteStorageConfig } from './config.ts';
import { isBusy, translate } from './driver-errors.ts';
import { errors } from './errors.ts';
import { createStatementCache, type StatementCache } from './statement-cache.ts';
import { createTurnstile, retryWhileBusy, type Turnstile } from './turnstile.ts';

/** One open database file; shared by every storage on that file. */
export interface SqliteConnection {
  readonly file: string;
  readonly database: Database.Database;
  readonly statements: StatementCache;
  readonly turnstile: Turnstile;
  /** Lets running work end, then closes the file. */
  close(): Promise<void>;
}

/** What opening needs; as in the plugin's configuration, with the file named. */
export type SqliteConnectionOptions = Required<SqliteStorageConfig>;

const schema = `
CREATE TABLE IF NOT EXISTS af_storage_sqlite_migrations (
  plugin TEXT NOT NULL,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  down TEXT NOT NULL,
  PRIMARY KEY (plugin, version)
) WITHOUT ROWID`;

/**
 * Opens a database file, and creates it with its folder when it is new.
 * Fails with AF_STORAGE_OPEN_FAILED, _CORRUPT, _READ_ONLY, _FULL or _LOCKED.
 */
export async function openSqliteConnection(options: SqliteConnectionOptions): Promise<SqliteConnection> {
  const { file, busyTimeoutMs } = options;
  const waiting = {
    isBusy,
    nested: () => errors.AF_STORAGE_NESTED({}),
    closed: () => errors.AF_STORAGE_CLOSED({ file }),
    waited: (ms: number) =>
      errors.AF_STORAGE_LOCKED({ file, ms, reason: 'another connection or a running transaction holds it' }),
  };
  const database = await retryWhileBusy(() => open(options), busyTimeoutMs, waiting);
  const statements = createStatementCache(database);
  const turnstile = createTurnstile(waiting);
  return {
    file,
    database,
    statements,
    turnstile,
    close: () =>
      turnstile.close(() => {
        statements.clear();
        tidy(database);
        database.close();
      }),
  };
}

function open({ file, durability }: SqliteConnectionOptions): Database.Database {
  let database: Database.Database | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
      throw errors.AF_STORAGE_OPEN_FAILED({ file, reason: 'it is a folder' });
    // Waiting is done by the turnstile: the driver's own would stop the whole process meanwhile.
    database = new Database(file, { timeout: 0 });
    const mode = database.pragma('journal_mode = WAL', { simple: true });
    if (mode !== 'wal')
      throw errors.AF_STORAGE_OPEN_FAILED({ file, reason: 'its file system allows no write-ahead log' });
    database.pragma(`synchronous = ${durability === 'fsync' ? 'FULL' : 'NORMAL'}`);
    database.pragma('foreign_keys = ON');
    // Pages rewritten often, the journal's above all, are copied to the file once in 16 MB of log, not in 4.
    database.pragma('wal_autocheckpoint = 4000');
    database.pragma('journal_size_limit = 67108864');
    database.exec(schema);
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) throw error;
    if (error instanceof Error && 'syscall' in error)
      throw errors.AF_STORAGE_OPEN_FAILED({ file, reason: error.message }, { cause: error });
    throw translate(error, file);
  }
}

/** Leaves statistics and a short log behind. Another process may be in the way: then it will do it. */
function tidy(database: Database.Database): void {
  for (const pragma of ['optimize', 'wal_checkpoint(TRUNCATE)']) {
    try {
      database.pragma(pragma);
    } catch {
      return;
    }
  }
}
