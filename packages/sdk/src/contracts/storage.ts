import { defineContract, type SingleContract } from '../contract.ts';

/** What a database column can hold: no booleans or dates, which engines treat differently. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** One statement; `?` stands for a parameter on every engine. */
export interface SqlStatement {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
}

/** Runs SQL, inside a transaction or outside. */
export interface Sql {
  /** Rows of a query. Integers beyond 2^53 come as bigint or throw, never rounded. */
  query<Row extends object>(sql: string, params?: readonly SqlValue[]): Promise<readonly Row[]>;
  /** Runs a statement that returns no rows. */
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
   */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
  /** Runs statements in one transaction without a round trip between them; the fast path for appends. */
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
