/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface ToolsOpenApiConfig {
  /** Hosts (`host` or `host:port`) that tools may reach although their address is private or their port unusual. Default none. */
  readonly allowHosts: readonly string[];
  /** Hosts that documents may be fetched from by address. Default none. */
  readonly documentHosts: readonly string[];
  /** Milliseconds one request may take, where its registration does not say. Default 20,000. */
  readonly timeoutMs: number;
  /** Largest document, in bytes. Default 5,242,880. */
  readonly maxDocumentBytes: number;
  /** Longest answer that is read, in bytes after decompression. Default 1,048,576. */
  readonly maxResponseBytes: number;
  /** Most operations of one registration that become tools. Default 200. */
  readonly maxOperations: number;
}
