/** Configuration of the door; its schema and defaults are in package.json. */
export interface HttpA2aConfig {
  /** Names of the agents that are offered; `*` for all. The first that is named is found at the well-known path. Default all. */
  readonly agents: readonly string[];
  /** Where clients reach the platform, for the cards. Default: the host that a request for a card names, over http. */
  readonly publicUrl?: string;
}

/** Whether an agent is among those the operator chose. */
export function isChosen({ agents }: Pick<HttpA2aConfig, 'agents'>, name: string): boolean {
  return agents.includes('*') || agents.includes(name);
}
