import type { Kysely } from 'kysely';

interface DocumentRow {
  readonly collection: string;
  readonly id: string;
  readonly fingerprint: string;
  readonly space: string | null;
  readonly dimensions: number;
  readonly chunks: number;
  readonly expires_at: number | null;
}

/** A chunk as it is stored. */
export interface ChunkRow {
  readonly key: number;
  readonly collection: string;
  readonly document: string;
  readonly ordinal: number;
  readonly space: string | null;
  readonly title: string;
  readonly text: string;
  readonly meta: string;
  readonly vector: Uint8Array | null;
}

/** An index of pgvector, and how far it reaches. */
export interface IndexRow {
  readonly collection: string;
  readonly space: string;
  readonly id: string;
  readonly dimensions: number;
  readonly reached: number;
  readonly cleaned: number;
}

/** The tables, as migrations make them. */
export interface VectorTables {
  af_vector_sql_collections: { readonly name: string; readonly identity: string; readonly revision: number };
  af_vector_sql_documents: DocumentRow;
  af_vector_sql_chunks: ChunkRow;
  af_vector_sql_counters: { readonly name: string; readonly value: number };
  /** On PostgreSQL alone. */
  af_vector_sql_derived_indexes: IndexRow;
}

/** A query builder on the tables of one tenant. */
export type VectorDatabase = Kysely<VectorTables>;
