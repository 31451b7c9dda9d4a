/** Configuration of the door; its schema and defaults are in package.json. */
export interface HttpMcpConfig {
  /** Names of the agents that are offered; `*` for all. Default all. */
  readonly agents: readonly string[];
  /** The same for routers. Default none. */
  readonly routers: readonly string[];
  /** The same for workflows. Default none. */
  readonly workflows: readonly string[];
  /** The same for tools by themselves. Default none: whoever may start runs may call them. */
  readonly tools: readonly string[];
}
