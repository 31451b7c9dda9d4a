import type { JsonObject } from '@agent-factory/sdk';

/** The configuration of the agent runtime. */
export interface AgentRuntimeConfig {
  /** Agents, defined in place; each is checked against the agent schema. Default none. */
  readonly agents: readonly JsonObject[];
  /** Folder of agents: each `.yaml`, `.yml` or `.json` file is one. It need not exist. Default `./agents`. */
  readonly agentsDir: string;
  /** Workflows, defined in place. Default none. */
  readonly workflows: readonly JsonObject[];
  /** Folder of workflows, as of agents. Default `./workflows`. */
  readonly workflowsDir: string;
  /** Routers, defined in place. Default none. */
  readonly routers: readonly JsonObject[];
  /** Folder of routers, as of agents. Default `./routers`. */
  readonly routersDir: string;
  /** Whether this process looks for runs that nobody works on (any more), and sees to it that they go on. Default true. */
  readonly recover: boolean;
  /** Milliseconds until others may take over the runs of a process that shows no sign of life. Default 10,000. */
  readonly leaseMs: number;
  /** Runs that this process works on at the same time, besides those it accepted itself. Default 32. */
  readonly concurrency: number;
  /** The same for each tenant, over all processes. Default unlimited. */
  readonly concurrencyPerTenant?: number;
  /** Longest input of a run of an agent or a router, as JSON; images inside it count. Default 1,000,000. */
  readonly maxInputChars: number;
  /** Most events that a replay reads of a run and those it started; they are kept in memory. Default 50,000. */
  readonly maxReplayEvents: number;
  /** Who works on runs accepted here: `auto`, in role `api` the workers and else this process; or always `here`. Default `auto`. */
  readonly execute: 'auto' | 'here';
}
