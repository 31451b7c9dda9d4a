import type { Kysely } from 'kysely';

/** A key that values are sealed under. The one with the highest number seals. */
interface DataKeyRow {
  readonly number: number;
  /** Sealed by a key of the operator. */
  readonly wrapped: string;
  /** Id of that key. */
  readonly wrapped_by: string;
  /** Id of the key that wrapped it first. */
  readonly made_under: string;
  readonly created_at: number;
}

/** A secret. */
interface SecretRow {
  readonly name: string;
  /** Chance: tells it from another one that had the name before. */
  readonly id: string;
  readonly description: string;
  /** The one that holds. */
  readonly version: number;
  readonly created_at: number;
  readonly changed_at: number;
  readonly last_used_at: number | null;
}

/** A value of a secret. */
interface VersionRow {
  readonly name: string;
  readonly version: number;
  /** JSON. */
  readonly hosts: string;
  /** Number of the key it is sealed under. */
  readonly data_key: number;
  readonly sealed: string;
  readonly created_at: number;
}

/** The tables, as migrations make them. */
export interface SecretTables {
  af_secrets_sql_keys: DataKeyRow;
  af_secrets_sql_secrets: SecretRow;
  af_secrets_sql_versions: VersionRow;
}

/** A query builder on the tables of one tenant. */
export type SecretDatabase = Kysely<SecretTables>;
