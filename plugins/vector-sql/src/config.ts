/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface SqlVectorConfig {
  /** Most memory for vectors that were searched lately, in bytes. Default 256 MiB. */
  readonly cacheBytes: number;
  /** Milliseconds between removals of what is over; it is not found before that either. Default 600,000. */
  readonly sweepEveryMs: number;
}
