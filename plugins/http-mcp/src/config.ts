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
  /** The same for resources that plugins offer. Default none. */
  readonly resources: readonly string[];
  /** The same for prompts that plugins offer. Default none. */
  readonly prompts: readonly string[];
  /** Whether the artifacts of the tenant are resources, for who may read them. Default false. */
  readonly artifacts: boolean;
  /** Milliseconds after which a session is over. Default a day. */
  readonly sessionMs: number;
}

/** Whether something is among those the operator chose. */
export function isChosen(names: readonly string[], name: string): boolean {
  return names.includes('*') || names.includes(name);
}
