/** Configuration of the cache in memory. */
export interface MemoryCacheConfig {
  /** Entries kept at most; then those not used for longest go. Default 10,000. */
  readonly maxEntries: number;
  /** Bytes kept at most, keys and values as JSON. A larger value is not kept at all. Default 67,108,864 (64 MiB). */
  readonly maxBytes: number;
  /** Milliseconds an entry is kept, where the caller does not say. Default 300,000. */
  readonly ttlMs: number;
}
