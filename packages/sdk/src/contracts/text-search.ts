import { defineContract, type SingleContract } from '../contract.ts';
import type { JsonObject } from '../json.ts';

/** A passage of text to be found again. */
export interface TextPassage {
  /** Unique in its index. */
  readonly id: string;
  /** What it belongs to and is replaced with, a file for example. */
  readonly group: string;
  /** Heading or file name; weighs more than the text. */
  readonly title: string;
  readonly text: string;
  /** Given back with a hit. */
  readonly meta: JsonObject;
}

/** A passage that matched. */
export interface TextHit {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly text: string;
  readonly meta: JsonObject;
  /** Higher is better; comparable within one search only. */
  readonly score: number;
}

/** One named full-text index. */
export interface TextIndex {
  /** Groups in the index with the fingerprint they were stored with. */
  groups(): Promise<ReadonlyMap<string, string>>;
  /** Replaces all passages of one group, atomically; no passages removes the group. */
  replace(group: string, fingerprint: string, passages: readonly TextPassage[]): Promise<void>;
  /** Passages that hold any of the query's words (stemmed, accents folded), best first. Any text is a valid query. */
  search(query: string, options: { readonly limit: number }): Promise<readonly TextHit[]>;
}

/** Full-text search, embedded or in the database. */
export interface TextSearch {
  /** Opens an index, and creates it when it is new. `name`: lower-case letters, digits and underscores. */
  open(name: string): Promise<TextIndex>;
}

/** Token of {@link TextSearch}. */
export const TextSearch: SingleContract<TextSearch> = defineContract<TextSearch>({
  id: 'text-search',
  version: '1.0.0',
  description: 'Full-text search over passages of text.',
});
