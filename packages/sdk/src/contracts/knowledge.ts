import { defineContract, type SingleContract } from '../contract.ts';
import type { KnowledgeBase } from '../domain/knowledge-pack.ts';
import type { Citation } from '../domain/run.ts';
import type { ChangeCondition } from './change-condition.ts';
import type { VectorFilter } from './vector-store.ts';

/** A document that could not be taken in; the others were. */
export interface IngestProblem {
  readonly source: string;
  /** `AF_…` */
  readonly code: string;
  readonly message: string;
}

/** What one look at the sources of a knowledge base changed. */
export interface IngestReport {
  /** Documents there are now. */
  readonly documents: number;
  readonly chunks: number;
  /** Read, cut and embedded, because they are new or changed, or another embedder is used now. */
  readonly ingested: number;
  /** As they were: neither read anew nor embedded. */
  readonly unchanged: number;
  readonly removed: number;
  /** Texts that were embedded. */
  readonly embedded: number;
  /** The first hundred. */
  readonly problems: readonly IngestProblem[];
  /** All of them. */
  readonly failed: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A knowledge base as it stands. */
export interface KnowledgeBaseState {
  readonly base: KnowledgeBase;
  /** Of the platform (its configuration, an installed pack), which only the operator changes; or the tenant's own. */
  readonly owner: 'platform' | 'tenant';
  /** The plugin it comes from, where it comes from an installed pack. */
  readonly pack?: { readonly plugin: string; readonly version: string };
  readonly documents: number;
  readonly chunks: number;
  /** `provider/model` that embeds it; none when it is searched by words alone. */
  readonly embedder?: string;
  /** Whether somebody is taking documents in now. */
  readonly isIngesting: boolean;
  readonly lastIngest?: IngestReport;
}

/** A document that is given, not found in a source. */
export interface GivenDocument {
  /** Its name, as it is cited; its ending says how it is read, unless `mediaType` does. */
  readonly source: string;
  readonly mediaType?: string;
  readonly content: string | Uint8Array;
}

/** A document of a knowledge base. */
export interface KnowledgeDocument {
  readonly source: string;
  readonly chunks: number;
  /** It was given, not found in a source. */
  readonly isGiven: boolean;
}

/** How to search. */
export interface KnowledgeQuery {
  /** Bases by name, at least one; their chunks compete with each other. */
  readonly bases: readonly string[];
  readonly text: string;
  /** 1 to 50. Default 6. */
  readonly limit?: number;
  /** On what chunks say of themselves: `source`, `page`, `heading`. */
  readonly filter?: VectorFilter;
  /** `words`, `meaning`, or both fused: `hybrid`. Default hybrid; words where a base has no embedder. */
  readonly by?: 'words' | 'meaning' | 'hybrid';
}

/** A chunk that matched, and where it stands. */
export interface KnowledgeHit {
  readonly base: string;
  readonly text: string;
  /** Higher is better; comparable within one search only. */
  readonly score: number;
  /** What to name as the source: document, lines or page, heading, words that matter. */
  readonly citation: Citation;
}

/** The knowledge bases one tenant can search: its own and those of the platform. */
export interface TenantKnowledge {
  /** By name. */
  list(): Promise<readonly KnowledgeBaseState[]>;
  /** AF_KNOWLEDGE_UNKNOWN. */
  get(name: string): Promise<KnowledgeBaseState>;
  /**
   * Keeps a base of the tenant's own, or changes it. It may name web pages and texts, no folders: those are the
   * operator's. AF_KNOWLEDGE_INVALID; AF_KNOWLEDGE_FIXED when the platform has one of that name; AF_KNOWLEDGE_BUSY while
   * somebody removes it.
   */
  put(base: KnowledgeBase, condition?: ChangeCondition<KnowledgeBase>): Promise<KnowledgeBaseState>;
  /** Removes a base of the tenant's own with its documents; whether it was there. */
  remove(name: string, condition?: ChangeCondition<KnowledgeBase>): Promise<boolean>;
  /**
   * Takes in what is new or changed in the sources, and removes what is gone. Each document is kept as soon as it is
   * done, so that one that was stopped goes on where it was. AF_KNOWLEDGE_BUSY while somebody else does it;
   * AF_KNOWLEDGE_EMBEDDER when embedding does not work, with what was done before kept.
   */
  ingest(name: string, options?: { readonly signal?: AbortSignal }): Promise<IngestReport>;
  /** Has a job do the same; gives its id, and nothing where no jobs engine is active: then it is done here, later. */
  queueIngest(name: string): Promise<string | undefined>;
  /** Takes in one document; it stays until it is removed. Its `source` may not be one of the sources' own. */
  addDocument(name: string, document: GivenDocument): Promise<KnowledgeDocument>;
  removeDocument(name: string, source: string): Promise<boolean>;
  /** By source, those after `after`; at most `limit` (1 to 200, default 50). */
  documents(
    name: string,
    options?: { readonly after?: string; readonly limit?: number },
  ): Promise<readonly KnowledgeDocument[]>;
  /** Best first. */
  search(
    query: KnowledgeQuery,
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly KnowledgeHit[]>;
}

/** Documents that agents search. */
export interface Knowledge {
  /** As one tenant sees it. */
  tenant(id: string): TenantKnowledge;
  /** Names of the platform's bases, which every tenant can search. */
  shared(): readonly string[];
}

/** Token of {@link Knowledge}. */
export const Knowledge: SingleContract<Knowledge> = defineContract<Knowledge>({
  id: 'knowledge-bases',
  version: '1.0.0',
  description: 'Documents that agents search, with where each passage stands.',
});
