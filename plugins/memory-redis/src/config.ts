import type { Secret } from '@agent-factory/sdk';

/** Configuration of the memory in Redis. */
export interface RedisMemoryConfig {
  /** Address with credentials, `redis://` or `rediss://` for TLS. Default `redis://127.0.0.1:6379`. */
  readonly url: Secret;
  /** Whether the address is of a node of a Redis Cluster. Default false. */
  readonly cluster: boolean;
  /** Every key begins with it; platforms that share a server need different ones. Default `af:memory:`. */
  readonly prefix: string;
  /** Milliseconds a caller waits for the server at most. Default 5,000. */
  readonly timeoutMs: number;
  /**
   * Milliseconds after which a conversation that was not added to is over, where the caller does not say; 0 never.
   * Default 2,592,000,000 (30 days).
   */
  readonly ttlMs: number;
  /** Milliseconds between removals of what is over from the list of conversations. Default 600,000. */
  readonly sweepEveryMs: number;
}
