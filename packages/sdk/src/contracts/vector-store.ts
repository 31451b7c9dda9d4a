import { defineContract, type SingleContract } from '../contract.ts';
import type { JsonObject } from '../json.ts';

/** A piece of text that is found as a whole. */
export interface VectorChunk {
  /** Heading or file name; counts more than the text when words are looked for. */
  readonly title: string;
  readonly text: string;
  /** Where it lies, by what it means; any length but zero. Without one it is found by its words alone. */
  readonly vector?: readonly number[];
  /** Given back with a hit, and what a filter looks at. */
  readonly meta: JsonObject;
}

/** Chunks that are put, replaced and removed together. */
export interface VectorDocument {
  /** Unique in its collection; 1 to 500 characters. */
  readonly id: string;
  /** Stands for the content it was made of, so that what did not change need not be made again. */
  readonly fingerprint: string;
  /** Which embedder made the vectors, `provider/model`; vectors of other spaces are never compared with them. */
  readonly space?: string;
  readonly chunks: readonly VectorChunk[];
  /** Milliseconds since the epoch; from then on it is not found, and is removed soon after. Default never. */
  readonly expiresAt?: number;
}

/** What is known of a document without its chunks. */
export interface StoredVectorDocument extends Omit<VectorDocument, 'chunks'> {
  readonly chunks: number;
}

/** What values of `meta` must be: the one given, or one of those given. All of them must hold. */
export type VectorFilter = Readonly<Record<string, string | number | readonly (string | number)[]>>;

/** What to look for: by `vector`, by `text`, or by both, which are then fused by reciprocal rank. At least one. */
export interface VectorQuery {
  readonly vector?: { readonly space: string; readonly values: readonly number[] };
  /** Any text; its words are looked for. */
  readonly text?: string;
  /** 1 to 200. */
  readonly limit: number;
  readonly filter?: VectorFilter;
  /** Chunks less alike than this (cosine, -1 to 1) do not count as found by the vector. Default: all count. */
  readonly minLikeness?: number;
}

/** A chunk that matched. */
export interface VectorHit {
  readonly document: string;
  /** Place among the chunks of its document, from 0. */
  readonly ordinal: number;
  readonly title: string;
  readonly text: string;
  readonly meta: JsonObject;
  /** Higher is better; comparable within one search only. */
  readonly score: number;
  /** Cosine with the vector of the query, where both have one. */
  readonly likeness?: number;
}

/** Documents that are searched together. It is there as long as a document is. */
export interface VectorCollection {
  /**
   * By id, those after `after`, or those of `ids`; at most `limit` (1 to 10,000, default 1,000). Those that are over are
   * not told.
   */
  documents(options?: {
    readonly ids?: readonly string[];
    readonly after?: string;
    readonly limit?: number;
  }): Promise<readonly StoredVectorDocument[]>;
  /** Puts a document in the place of what has its id, all or nothing. AF_VECTOR_INVALID, AF_VECTOR_DIMENSIONS. */
  put(document: VectorDocument): Promise<void>;
  /** The chunks of a document without their vectors, in order; none when it is not there. */
  read(document: string): Promise<readonly VectorChunk[]>;
  /** Removes documents; how many were there. */
  remove(documents: readonly string[]): Promise<number>;
  /** Chunks that match, best first; equal ones by document and place. */
  search(query: VectorQuery): Promise<readonly VectorHit[]>;
  /** How much there is. */
  usage(): Promise<{ readonly documents: number; readonly chunks: number }>;
  /** Removes everything. */
  clear(): Promise<void>;
}

/** The collections of one tenant. */
export interface TenantVectors {
  /** The collection of that name, 1 to 300 characters. */
  collection(name: string): VectorCollection;
  /** Names in order, those that begin with `prefix`, after `after`; at most `limit` (default 1,000). */
  collections(options?: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<readonly string[]>;
}

/** Finds texts by meaning and by words. */
export interface VectorStore {
  /** Those of a tenant. One that does not exist is found out by the first call (AF_TENANT_UNKNOWN). */
  tenant(id: string): TenantVectors;
  /** Removes documents that are over, at most `limit` (default 1,000); gives how many went. */
  sweep(options?: { readonly limit?: number }): Promise<number>;
}

/** Token of {@link VectorStore}. */
export const VectorStore: SingleContract<VectorStore> = defineContract<VectorStore>({
  id: 'vector-store',
  version: '1.0.0',
  description: 'Finds texts by meaning and by words, apart for each tenant.',
});
