/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface AuthApiKeyConfig {
  /** Milliseconds that a key is kept in memory. Default 5,000. */
  readonly keepMs: number;
  /** Days after which a key is over at the latest. Default 365. */
  readonly maxLifeDays: number;
}
