/** Configuration of the console; its schema and defaults are in package.json. */
export interface HttpConsoleConfig {
  /** Pages that one plugin may have; what is more is left out, with a warning. Default 50. */
  readonly maxPages: number;
}
