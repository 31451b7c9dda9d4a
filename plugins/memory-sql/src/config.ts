/** Configuration of the memory on SQL. */
export interface SqlMemoryConfig {
  /**
   * Milliseconds after which a conversation that was not added to, or a working memory that was not changed, is over,
   * where the caller does not say; 0 never.
   * Default 2,592,000,000 (30 days).
   */
  readonly ttlMs: number;
  /** Milliseconds between removals of what is over; it is not shown before that either. Default 600,000. */
  readonly sweepEveryMs: number;
}
