/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface ToolsBuiltinConfig {
  /** Folders (or single files) whose documents `search_documents` searches. Default none: no such tool. */
  readonly documents: readonly string[];
  /** Extensions of documents, without the dot. */
  readonly extensions: readonly string[];
  /** Larger files are left out, in bytes. Default 1,048,576. */
  readonly maxFileBytes: number;
  /** Changed files are looked for at most this often, in milliseconds. Default 2,000. */
  readonly refreshMs: number;
  /** Hosts (`host` or `host:port`) that `fetch_url` may reach whatever their address or port. Default none. */
  readonly allowHosts: readonly string[];
  /** Milliseconds one fetch may take, redirects included. Default 20,000. */
  readonly fetchTimeoutMs: number;
  /** Most bytes of a page that are read, after decompression. Default 2,097,152. */
  readonly fetchMaxBytes: number;
}
