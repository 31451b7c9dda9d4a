/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface IdempotencySqlConfig {
  /** Milliseconds that a key is known. Default a day. */
  readonly keepMs: number;
  /** Milliseconds after which a request that did not end is taken for lost. Default 10 minutes. */
  readonly runningMs: number;
  /** Longest answer that is kept, in bytes. Default 256 KiB. */
  readonly maxAnswerBytes: number;
}
