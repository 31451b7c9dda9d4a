import { stat } from 'node:fs/promises';
import {
  storageErrors as errors,
  type StorageTransfer,
  type TransferRow,
  type TransferScope,
  type TransferTable,
} from '@agent-factory/sdk/contracts';
import { isBusy, translate } from './driver-errors.ts';
import { checkParams } from './sql-values.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { openSqliteSnapshot, quote } from './sqlite-snapshot.ts';
import type { SqliteTenants } from './sqlite-tenant-storage.ts';
import { indexTableStatements, textIndexesOf } from './text-index-tables.ts';

/** Moves the rows of the platform's file and of the tenants' files. */
export function createSqliteTransfer(platform: SqliteConnection, tenants: SqliteTenants): StorageTransfer {
  const { file, busyTimeoutMs } = platform;
  /** Where rows were written, whose references are looked at in the end. */
  const touched = new Set<TransferScope>();

  const on = async <T>(scope: TransferScope, work: (connection: SqliteConnection) => T): Promise<T> => {
    const pass = async (connection: SqliteConnection): Promise<T> =>
      connection.turnstile.pass(() => asOurs(connection.file, () => work(connection)), busyTimeoutMs);
    if (scope === null) return pass(platform);
    await tenants.create(scope);
    return tenants.use(scope, ({ connection }) => pass(connection));
  };

  return {
    async identity() {
      const { dev, ino } = await stat(file);
      return `sqlite ${dev}:${ino}`;
    },
    async snapshot(work) {
      const snapshot = await openSqliteSnapshot(file, tenants, busyTimeoutMs);
      try {
        return await work(snapshot);
      } finally {
        snapshot.close();
      }
    },
    async write(scope, table, rows) {
      touched.add(scope);
      await on(scope, (connection) =>
        changing(connection, () => {
          if (scope === null) makeTextIndex(connection, table);
          writeRows(connection, table, rows);
        }),
      );
    },
    async clear(scope, table) {
      touched.add(scope);
      await on(scope, (connection) =>
        changing(connection, () => {
          if (scope === null) makeTextIndex(connection, table);
          connection.database.exec(`DELETE FROM ${quote(table.name)}`);
        }),
      );
    },
    async finish() {
      await on(null, (connection) => changing(connection, () => rebuildTextIndexes(connection)));
      for (const scope of touched) await on(scope, refuseDangling);
      touched.clear();
    },
  };
}

/**
 * Runs `work` in one transaction in which rows may come before those that they refer to: tables come one after another.
 */
function changing(connection: SqliteConnection, work: () => void): void {
  const { database } = connection;
  connection.synchronize(connection.durability);
  database.pragma('foreign_keys = OFF');
  try {
    database.exec('BEGIN IMMEDIATE');
    work();
    database.exec('COMMIT');
  } finally {
    if (database.inTransaction) database.exec('ROLLBACK');
    database.pragma('foreign_keys = ON');
  }
}

function writeRows({ database }: SqliteConnection, table: TransferTable, rows: readonly TransferRow[]): void {
  if (rows.length === 0) return;
  const { name, columns, key } = table;
  const others = columns.filter((column) => !key.includes(column));
  const updates = others.map((column) => `${quote(column)} = excluded.${quote(column)}`).join(', ');
  const sql =
    `INSERT INTO ${quote(name)} (${columns.map(quote).join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ` +
    `ON CONFLICT (${key.map(quote).join(', ')}) DO ${updates === '' ? 'NOTHING' : `UPDATE SET ${updates}`}`;
  const insert = database.prepare(sql);
  for (const row of rows) {
    checkParams(row, sql);
    insert.run(...row);
  }
}

/** Indexes of text are made when they are opened, by no migration; so they may be missing here. */
function makeTextIndex({ database, statements }: SqliteConnection, { name }: TransferTable): void {
  const [, index] = /^af_text_search_(?:groups|passages)_([a-z0-9_]{1,48})$/.exec(name) ?? [];
  if (index === undefined) return;
  for (const { sql } of indexTableStatements(index)) database.exec(sql);
  statements.clear();
}

function rebuildTextIndexes({ database }: SqliteConnection): void {
  for (const { words } of textIndexesOf(database))
    database.exec(`INSERT INTO ${words} (${words}) VALUES ('rebuild')`);
}

function refuseDangling({ database }: SqliteConnection): void {
  const [first] = database
    .prepare<[], { table: string; parent: string }>('SELECT * FROM pragma_foreign_key_check LIMIT 1')
    .all();
  if (first === undefined) return;
  const reason = `a row of ${first.table} refers to one of ${first.parent} that is missing`;
  throw errors.AF_STORAGE_CONSTRAINT({ reason });
}

/** The turnstile tries again what is busy, so that error stays the driver's. */
function asOurs<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isBusy(error) ? error : translate(error, file, 'transfer');
  }
}
