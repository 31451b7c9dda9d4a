/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface TelemetrySqlConfig {
  /** Days after which counts are removed. Default 400. */
  readonly days: number;
  /** Milliseconds between two looks at the journal. Default 10,000. */
  readonly everyMs: number;
}
