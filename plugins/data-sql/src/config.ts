/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface SqlDataConfig {
  /** Most entries of one plugin for one tenant. Default 10,000. */
  readonly maxEntries: number;
  /** Most bytes of keys and values of one plugin for one tenant. Default 10 MiB. */
  readonly maxBytes: number;
  /** Longest value, as JSON in UTF-8. Default 64 KiB. */
  readonly maxValueBytes: number;
  /** Milliseconds between removals of what is over; it is not found before that either. Default 600,000. */
  readonly sweepEveryMs: number;
}
