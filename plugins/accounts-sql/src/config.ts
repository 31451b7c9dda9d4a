/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface AccountsSqlConfig {
  /** Milliseconds that rights are kept in memory. Default 5,000. */
  readonly rightsMs: number;
}
