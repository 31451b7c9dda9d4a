/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface SqlVectorConfig {
  /** Most memory for vectors that were searched lately, in bytes. Default 256 MiB. */
  readonly cacheBytes: number;
  /** Milliseconds between removals of what is over; it is not found before that either. Default 600,000. */
  readonly sweepEveryMs: number;
  /** Whether large collections are searched by pgvector: where it is there (`auto`, the default), never, or else the plugin does not start. */
  readonly pgvector: 'auto' | 'off' | 'require';
  /** Vectors of one space from which on a collection is searched by pgvector. Default 20,000. */
  readonly indexFrom: number;
  /** Milliseconds between times at which indexes of pgvector take in what came since. Default 60,000. */
  readonly indexEveryMs: number;
}
