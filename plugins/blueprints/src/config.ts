/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface BlueprintsConfig {
  /** Most files of definitions of one blueprint. Default 1,000. */
  readonly maxFiles: number;
  /** Most bytes of one file. Default 1 MiB. */
  readonly maxFileBytes: number;
  /** Most bytes of one document of a knowledge base. Default 20 MiB. */
  readonly maxDocumentBytes: number;
}
