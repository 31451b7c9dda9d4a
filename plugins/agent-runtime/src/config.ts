import type { JsonObject } from '@agent-factory/sdk';

/** The configuration of the agent runtime. */
export interface AgentRuntimeConfig {
  /** Agents, defined in place; each is checked against the agent schema. Default none. */
  readonly agents: readonly JsonObject[];
  /** Folder of agents: each `.yaml`, `.yml` or `.json` file is one. It need not exist. Default `./agents`. */
  readonly agentsDir: string;
  /** Whether runs that a stopped platform left unfinished go on when it starts. Default true. */
  readonly recover: boolean;
}
