import { defineContract, type SingleContract } from '../contract.ts';
import type { Migration } from './migration.ts';

/** What a database column can hold: no booleans or dates, which engines treat differently. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** One statement; `?` stands for a parameter on every engine. */
export interface SqlStatement {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
  /**
   * In a batch: how many rows it must change. Another number undoes the whole batch (AF_STORAGE_GUARD_FAILED);
   * so an `UPDATE … WHERE version = ?` is a guard against somebody who was quicker.
   */
  readonly changes?: number;
}

/**
 * Runs SQL, inside a transaction or outside. Every engine fails with these codes: AF_STORAGE_PARAMETER_INVALID
 * (booleans, dates, undefined, NaN, integers beyond 2^53 given as number), AF_STORAGE_STATEMENT_INVALID,
 * AF_STORAGE_CONSTRAINT, and, with `retryable`, AF_STORAGE_LOCKED, AF_STORAGE_FULL and AF_STORAGE_UNAVAILABLE.
 */
export interface Sql {
  /** Rows of a query. Integers beyond 2^53 come as bigint or throw, never rounded. */
  query<Row extends object>(sql: string, params?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** Runs a statement; rows it returns are dropped. */
  execute(sql: string, params?: readonly SqlValue[]): Promise<{ readonly changes: number }>;
}

/** SQL engines there are plugins for. */
export type SqlDialect = 'sqlite' | 'postgres';

/**
 * What an acknowledged write survives. `os-buffered`: the end of the process, `kill -9` included, but not a power
 * cut. `fsync`: a power cut too, as far as the disk keeps its promises.
 */
export type SqlDurability = 'os-buffered' | 'fsync';

/** A transaction under way. */
export interface SqlTransaction extends Sql {
  /**
   * Waits until no other transaction, in any process, holds the lock of this name; holds it until this one ends.
   * On SQLite a transaction holds the whole database for writing, which includes every name.
   */
  lock(name: string): Promise<void>;
}

/** A database that a plugin reads and writes; which tables it sees depends on who gave it. */
export interface SqlDatabase extends Sql {
  readonly dialect: SqlDialect;
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws.
   * Using the same database outside the handle, or a second transaction on it, inside `work` is refused
   * (AF_STORAGE_NESTED). Statements from elsewhere never join it. Await every statement: the handle ends with
   * `work`.
   */
  transaction<T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T>;
  /**
   * Runs statements in one transaction without a round trip between them, all or none; the fast path for
   * appends. None is no work and no error. `durability`: for this batch; default as the storage is configured.
   */
  batch(
    statements: readonly SqlStatement[],
    options?: { readonly durability?: SqlDurability },
  ): Promise<void>;
}

/**
 * The platform's own SQL database. Each plugin owns the tables named `af_<plugin>_…` (dashes as underscores).
 * What belongs to a tenant is never kept here, but in `TenantStorage`.
 */
export interface Storage extends SqlDatabase {
  /**
   * Brings a plugin's tables up to date: each migration once, in order, in a transaction, locked against other
   * processes; checksums are kept, and an edited migration is refused (AF_STORAGE_MIGRATION_CHANGED).
   */
  migrate(plugin: string, migrations: readonly Migration[]): Promise<void>;
}

/**
 * SQL for "now" by the database's own clock, in whole milliseconds since the epoch. Leases are compared with it,
 * never with the clock of the process.
 */
export function databaseNow(dialect: SqlDialect): string {
  return dialect === 'sqlite'
    ? "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
    : 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)';
}

/** Token of {@link Storage}. */
export const Storage: SingleContract<Storage> = defineContract<Storage>({
  id: 'storage',
  version: '1.0.0',
  description: 'A SQL database for the platform and its plugins.',
});
