/** A value a statement may be given or may give back. */
export type SqlValue = string | number | null | Uint8Array;

/** Statements on a database, or inside a transaction. `?` marks a value; no statement holds a question mark in a text. */
export interface Sql {
  all<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
  get<Row>(text: string, values?: readonly SqlValue[]): Promise<Row | undefined>;
  /** Gives back how many rows were changed. */
  run(text: string, values?: readonly SqlValue[]): Promise<number>;
}

/**
 * The registry's database. Reads see only what is committed. Writes come one after another, over all processes of
 * one database, so that a number taken as the highest plus one is nobody else's.
 */
export interface SqlDatabase extends Sql {
  readonly dialect: 'sqlite' | 'postgres';
  /** Runs `work` in a transaction that is durable when the promise settles, or leaves nothing. */
  write<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /**
   * Another number after each commit, by any process; `undefined` where that cannot be told for less than a look at a row
   * takes.
   */
  stamp(): number | undefined;
  close(): Promise<void>;
}
