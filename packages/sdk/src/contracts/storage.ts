import { defineContract, type SingleContract } from '../contract.ts';

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
 * AF_STORAGE_CONSTRAINT, and, with `retryable`, AF_STORAGE_LOCKED and AF_STORAGE_FULL.
 */
export interface Sql {
  /** Rows of a query. Integers beyond 2^53 come as bigint or throw, never rounded. */
  query<Row extends object>(sql: string, params?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** Runs a statement; rows it returns are dropped. */
  execute(sql: string, params?: readonly SqlValue[]): Promise<{ readonly changes: number }>;
}

/** One step of a plugin's schema; append-only, never edited once released. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  /** For people: `create-runs`. */
  readonly name: string;
  /** Statements, separated by `;`, that bring the schema forward. */
  readonly up: string;
  /** Statements that undo `up`. */
  readonly down: string;
}

/** A SQL database. Each plugin owns the tables named `af_<plugin>_…` (dashes as underscores). */
export interface Storage extends Sql {
  readonly dialect: 'sqlite' | 'postgres';
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws.
   * Using the storage itself, or a second transaction, inside `work` is refused (AF_STORAGE_NESTED).
   * Statements from elsewhere never join it. Await every statement: the handle ends with `work`.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
  /**
   * Runs statements in one transaction without a round trip between them, all or none; the fast path for
   * appends. None is no work and no error.
   */
  batch(statements: readonly SqlStatement[]): Promise<void>;
  /**
   * Brings a plugin's tables up to date: each migration once, in order, in a transaction, locked against other
   * processes; checksums are kept, and an edited migration is refused (AF_STORAGE_MIGRATION_CHANGED).
   */
  migrate(plugin: string, migrations: readonly Migration[]): Promise<void>;
}

/** Token of {@link Storage}. */
export const Storage: SingleContract<Storage> = defineContract<Storage>({
  id: 'storage',
  version: '1.0.0',
  description: 'A SQL database for the platform and its plugins.',
});
