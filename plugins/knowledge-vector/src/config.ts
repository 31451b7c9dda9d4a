import type { KnowledgeBase } from '@agent-factory/sdk/domain';
import type { BaseEmbedding } from './embed-chunks.ts';

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface VectorKnowledgeConfig {
  /** Bases of the platform, which every tenant can search. Default none. */
  readonly bases: readonly KnowledgeBase[];
  /** What embeds bases that do not say so themselves. Default `local/words` where that is active, else nothing. */
  readonly embedding?: BaseEmbedding;
  /** Milliseconds between looks at the sources of the platform's bases; 0 only when asked. Default 300,000. */
  readonly refreshMs: number;
  /** Milliseconds after which the work of a process that died may be taken over. Default 60,000. */
  readonly leaseMs: number;
  /** Chunks less alike than this, from -1 to 1, do not count as found by meaning. Default 0.1. */
  readonly minLikeness: number;
  /** Most documents of one base. Default 20,000. */
  readonly maxDocuments: number;
  /** Hosts that web pages may be read from whatever their address. Default none: public addresses only. */
  readonly allowHosts: readonly string[];
  /** Milliseconds a web page may take. Default 20,000. */
  readonly fetchTimeoutMs: number;
}
