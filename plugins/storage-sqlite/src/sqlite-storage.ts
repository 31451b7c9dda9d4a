import {
  storageErrors as errors,
  type SqlDurability,
  type SqlStatement,
  type SqlTransaction,
  type SqlValue,
  type Storage,
} from '@agent-factory/sdk/contracts';
import { isBusy, translate } from './driver-errors.ts';
import { checkParams } from './sql-values.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { migrateSqlite } from './sqlite-migrations.ts';
import { readRows } from './statement-cache.ts';
import { retryWhileBusy } from './turnstile.ts';

/** How a storage uses its connection. */
export interface SqliteStorageOptions {
  /** Milliseconds a statement waits for another process or a running transaction. Default as the connection's. */
  readonly busyTimeoutMs?: number;
  /** Version of the kernel, for the ledger of migrations. */
  readonly kernelVersion: string;
}

const noParams: readonly SqlValue[] = [];

/** Creates a storage on an open connection. Many may share one. */
export function createSqliteStorage(connection: SqliteConnection, options: SqliteStorageOptions): Storage {
  const { database, file, statements, turnstile } = connection;
  const { busyTimeoutMs = connection.busyTimeoutMs, kernelVersion } = options;
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');

  /** Runs one statement now; the turnstile tries again what is busy, so that error stays the driver's. */
  const run = <T>(
    sql: string,
    params: readonly SqlValue[],
    read: (sql: string, params: readonly SqlValue[]) => T,
  ): T => {
    try {
      checkParams(params, sql);
      return read(sql, params);
    } catch (error) {
      throw isBusy(error) ? error : translate(error, file, sql);
    }
  };
  const rowsOf = (sql: string, params: readonly SqlValue[]): readonly object[] =>
    readRows(statements.get(sql), params);
  const changesOf = (sql: string, params: readonly SqlValue[]): number =>
    statements.get(sql).prepared.run(...params).changes;

  /** Runs one statement in a transaction of its own. */
  const runAlone: typeof run = (sql, params, read) => {
    connection.synchronize(connection.durability);
    return run(sql, params, read);
  };

  const undo = (): void => {
    // Some failures (a full disk) have rolled back already.
    if (database.inTransaction) rollback.run();
  };

  const runBatch = (batch: readonly SqlStatement[], durability: SqlDurability): void => {
    connection.synchronize(durability);
    begin.run();
    try {
      for (let index = 0; index < batch.length; index++) {
        const { sql, params = noParams, changes: expected } = batch[index] as SqlStatement; // within bounds
        const found = run(sql, params, changesOf);
        if (expected !== undefined && found !== expected)
          throw errors.AF_STORAGE_GUARD_FAILED({ index: index + 1, found, expected });
      }
      commit.run();
    } catch (error) {
      undo();
      throw isBusy(error) ? error : translate(error, file, 'COMMIT');
    }
  };

  const transactionHandle = (): SqlTransaction & { end(): void } => {
    let over = false;
    const inside = async <T>(work: () => T): Promise<T> => {
      if (over || !database.inTransaction) throw errors.AF_STORAGE_TRANSACTION_OVER({});
      return work();
    };
    return {
      query: <Row extends object>(sql: string, params: readonly SqlValue[] = noParams) =>
        // The caller names the shape of the rows its statement gives.
        inside(() => run(sql, params, rowsOf) as readonly Row[]),
      execute: (sql, params = noParams) => inside(() => ({ changes: run(sql, params, changesOf) })),
      // It holds the whole file for writing already, and with it every name.
      lock: () => inside(() => undefined),
      end() {
        over = true;
      },
    };
  };

  return {
    dialect: 'sqlite',
    query: <Row extends object>(sql: string, params: readonly SqlValue[] = noParams) =>
      // The caller names the shape of the rows its statement gives.
      turnstile.pass(() => runAlone(sql, params, rowsOf) as readonly Row[], busyTimeoutMs),
    execute: (sql, params = noParams) =>
      turnstile.pass(() => ({ changes: runAlone(sql, params, changesOf) }), busyTimeoutMs),
    batch(batch, { durability = connection.durability } = {}) {
      if (batch.length === 0) return Promise.resolve();
      return turnstile.pass(() => runBatch(batch, durability), busyTimeoutMs);
    },
    transaction(work) {
      return turnstile.hold(async () => {
        connection.synchronize(connection.durability);
        await retryWhileBusy(() => begin.run(), busyTimeoutMs, {
          isBusy,
          waited: (ms) =>
            errors.AF_STORAGE_LOCKED({ database: file, ms, reason: 'another process is writing' }),
        });
        const tx = transactionHandle();
        try {
          const result = await work(tx);
          if (!database.inTransaction) throw errors.AF_STORAGE_TRANSACTION_OVER({});
          commit.run();
          return result;
        } catch (error) {
          undo();
          throw isDriverError(error) ? translate(error, file, 'COMMIT') : error;
        } finally {
          tx.end();
        }
      }, busyTimeoutMs);
    },
    async migrate(plugin, migrations) {
      try {
        await migrateSqlite(connection, { plugin, scope: 'platform', kernelVersion }, migrations);
      } catch (error) {
        throw translate(error, file, `migrations of ${plugin}`);
      }
    },
  };
}

/** Errors of `work` itself pass through unchanged. */
function isDriverError(error: unknown): boolean {
  return error instanceof Error && error.name === 'SqliteError';
}
