import type { Kysely } from 'kysely';

/** An entry. */
interface EntryRow {
  readonly plugin: string;
  readonly key: string;
  /** JSON. */
  readonly value: string;
  readonly revision: number;
  /** Of key and value, in UTF-8. */
  readonly bytes: number;
  readonly updated_at: number;
  readonly expires_at: number | null;
}

/** What a plugin has; entries that are over count until they are removed. */
interface OwnerRow {
  readonly plugin: string;
  readonly entries: number;
  readonly bytes: number;
}

/** The tables, as migrations make them. */
export interface DataTables {
  af_data_sql_entries: EntryRow;
  af_data_sql_owners: OwnerRow;
}

/** A query builder on the tables of one tenant. */
export type DataDatabase = Kysely<DataTables>;
