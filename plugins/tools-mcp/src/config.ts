/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface ToolsMcpConfig {
  /** Hosts (`host` or `host:port`) that may be reached although their address is private or their port unusual. Default none. */
  readonly allowHosts: readonly string[];
  /** Milliseconds one call may take, where its registration does not say. Default 60,000. */
  readonly timeoutMs: number;
  /** Milliseconds in which a server must be ready and tell its tools. Default 20,000. */
  readonly connectMs: number;
  /** Milliseconds without a call after which a connection is closed; the next call opens it again. Default 300,000. */
  readonly idleMs: number;
  /** Most tools of one server. Default 500. */
  readonly maxTools: number;
  /** Longest answer of a server, in bytes. Default 16,777,216. */
  readonly maxResultBytes: number;
}
