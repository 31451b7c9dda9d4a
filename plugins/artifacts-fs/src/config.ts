/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface ArtifactsFsConfig {
  /** Where files are kept. Default: `artifacts` in the platform's folder for state. */
  readonly folder?: string;
  /** Milliseconds an artifact is kept, where the caller does not say; 0 for ever. Default 2,592,000,000 (30 days). */
  readonly ttlMs: number;
  /** Largest artifact, in bytes. Default 104,857,600. */
  readonly maxBytes: number;
  /** Bytes of all artifacts of a tenant together. Default 10,737,418,240. */
  readonly quotaBytes: number;
  /** Milliseconds between removals of what is over and of files that nothing points to. Default 3,600,000. */
  readonly sweepEveryMs: number;
}
