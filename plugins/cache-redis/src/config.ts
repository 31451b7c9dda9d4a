import type { Secret } from '@agent-factory/sdk';

/** Configuration of the cache in Redis. */
export interface RedisCacheConfig {
  /** Address with credentials, `redis://` or `rediss://` for TLS. Default `redis://127.0.0.1:6379`. */
  readonly url: Secret;
  /** Every key begins with it; platforms that share a server need different ones. Default `af:cache:`. */
  readonly prefix: string;
  /** Milliseconds a caller waits for the server at most; then the cache behaves like an empty one. Default 250. */
  readonly timeoutMs: number;
  /** Milliseconds an entry is kept, where the caller does not say. Default 300,000. */
  readonly ttlMs: number;
}
