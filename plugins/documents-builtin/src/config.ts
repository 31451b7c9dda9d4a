/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface BuiltinDocumentsConfig {
  /** Most bytes of a Markdown, text, HTML or CSV document. Default 4 MiB. */
  readonly maxTextBytes: number;
  /** Most bytes of a PDF document. Default 32 MiB. */
  readonly maxPdfBytes: number;
  /** Most pages of a PDF document. Default 2,000. */
  readonly maxPages: number;
}
