/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface VectorMemoryConfig {
  /** What embeds, as `provider/model`. Default `local/words` where it is there, else none. */
  readonly model?: string;
  /** Milliseconds something is remembered, where the caller does not say; 0 for ever. Default 90 days. */
  readonly ttlMs: number;
  /** What is less alike than this does not count as found by meaning. Default 0.2. */
  readonly minLikeness: number;
}
