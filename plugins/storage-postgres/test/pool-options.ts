import type { PoolOptions } from '../src/connection-pool.ts';

/** The settings of the plugin's configuration, quicker to give up. */
export function poolOptions(url: string, options: Partial<PoolOptions> = {}): PoolOptions {
  return {
    url,
    maxConnections: 10,
    connectTimeoutMs: 5000,
    waitMs: 5000,
    statementTimeoutMs: 20_000,
    durability: 'fsync',
    ...options,
  };
}
