import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { storageErrors as errors, type SqlDurability } from '@agent-factory/sdk/contracts';
import { isBusy, openMend, translate } from './driver-errors.ts';
import { ledgerSchema } from './sqlite-ledger.ts';
import { createStatementCache, type StatementCache } from './statement-cache.ts';
import { createTurnstile, retryWhileBusy, type Turnstile } from './turnstile.ts';

/** One open database file; shared by every storage on that file. */
export interface SqliteConnection {
  readonly file: string;
  readonly database: Database.Database;
  readonly statements: StatementCache;
  readonly turnstile: Turnstile;
  /** What acknowledged writes survive unless somebody asks for something else. */
  readonly durability: SqlDurability;
  /** Milliseconds to wait for another process or a running transaction. */
  readonly busyTimeoutMs: number;
  /** Sets what the next commit survives; outside a transaction. */
  synchronize(durability: SqlDurability): void;
  /** Lets running work end, then closes the file. */
  close(): Promise<void>;
}

/** How to open a file. */
export interface SqliteConnectionOptions {
  readonly file: string;
  readonly durability: SqlDurability;
  readonly busyTimeoutMs: number;
  /** Opens a file that is there and holds a ledger, and creates none. Default false. */
  readonly mustExist?: boolean;
}

/**
 * Opens a database file, and creates it with its folder when it is new.
 * Fails with AF_STORAGE_OPEN_FAILED, _CORRUPT, _READ_ONLY, _FULL or _LOCKED.
 */
export async function openSqliteConnection(options: SqliteConnectionOptions): Promise<SqliteConnection> {
  const { file, durability, busyTimeoutMs } = options;
  const waiting = {
    isBusy,
    nested: () => errors.AF_STORAGE_NESTED({}),
    closed: () => errors.AF_STORAGE_CLOSED({ database: file }),
    waited: (ms: number) =>
      errors.AF_STORAGE_LOCKED({
        database: file,
        ms,
        reason: 'another connection or a running transaction holds it',
      }),
  };
  const database = await retryWhileBusy(() => open(options), busyTimeoutMs, waiting);
  const statements = createStatementCache(database);
  const turnstile = createTurnstile(waiting);
  let current = durability;
  return {
    file,
    database,
    statements,
    turnstile,
    durability,
    busyTimeoutMs,
    synchronize(wanted) {
      if (wanted === current) return;
      database.pragma(synchronousPragma(wanted));
      current = wanted;
    },
    close: () =>
      turnstile.close(() => {
        statements.clear();
        tidy(database);
        database.close();
      }),
  };
}

function open({ file, durability, mustExist = false }: SqliteConnectionOptions): Database.Database {
  let database: Database.Database | undefined;
  try {
    if (!mustExist) {
      mkdirSync(dirname(file), { recursive: true });
      if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
        throw errors.AF_STORAGE_OPEN_FAILED({ database: file, reason: 'it is a folder', mend: openMend });
    }
    // Waiting is done by the turnstile: the driver's own would stop the whole process meanwhile.
    database = new Database(file, { timeout: 0, fileMustExist: mustExist });
    const mode = database.pragma('journal_mode = WAL', { simple: true });
    if (mode !== 'wal')
      throw errors.AF_STORAGE_OPEN_FAILED({
        database: file,
        reason: 'its file system allows no write-ahead log',
        mend: openMend,
      });
    database.pragma(synchronousPragma(durability));
    database.pragma('foreign_keys = ON');
    // Pages rewritten often, the journal's above all, are copied to the file once in 16 MB of log, not in 4.
    database.pragma('wal_autocheckpoint = 4000');
    database.pragma('journal_size_limit = 67108864');
    if (!mustExist) database.exec(ledgerSchema);
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) throw error;
    if (error instanceof Error && 'syscall' in error)
      throw errors.AF_STORAGE_OPEN_FAILED(
        { database: file, reason: error.message, mend: openMend },
        { cause: error },
      );
    throw translate(error, file);
  }
}

function synchronousPragma(durability: SqlDurability): string {
  return `synchronous = ${durability === 'fsync' ? 'FULL' : 'NORMAL'}`;
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

/**
 * Opens a file for reading alone, beside whoever writes to it. Fails as {@link openSqliteConnection} does.
 */
export function openReadOnly(file: string, busyTimeoutMs: number): Promise<Database.Database> {
  const open = (): Database.Database => {
    let database: Database.Database | undefined;
    try {
      database = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
      database.pragma('user_version'); // nothing is read before this, not even whether it is a database
      return database;
    } catch (error) {
      database?.close();
      throw isBusy(error) ? error : translate(error, file);
    }
  };
  const waited = (ms: number): Error =>
    errors.AF_STORAGE_LOCKED({ database: file, ms, reason: 'another process holds it' });
  return retryWhileBusy(open, busyTimeoutMs, { isBusy, waited });
}
