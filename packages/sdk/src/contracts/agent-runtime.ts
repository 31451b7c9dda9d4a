import { defineContract, type SingleContract } from '../contract.ts';
import type { AgentDefinition, RunLimits } from '../domain/agent.ts';
import type { RunEvent } from '../domain/event.ts';
import type { Message } from '../domain/message.ts';
import type { Run } from '../domain/run.ts';
import type { ToolDefinition } from '../domain/tool.ts';
import type { JsonObject } from '../json.ts';
import type { RunQuery } from './journal.ts';

/** A wish to run an agent. */
export interface RunRequest {
  /** Name of the agent. */
  readonly agent: string;
  /** The question, or the whole conversation so far. */
  readonly input: string | readonly Message[];
  /** Tighter limits than the agent's own; looser ones are refused. */
  readonly limits?: RunLimits;
  /** Stream the model's answer into the journal as `message.delta` events. Default false. */
  readonly stream?: boolean;
  /** Starting again with the same key gives the first run. At most 255 characters. */
  readonly idempotencyKey?: string;
  /** Kept with the run. */
  readonly metadata?: JsonObject;
}

/** Runs agents for one tenant. Every step is in the journal before its effect is acknowledged. */
export interface TenantRuntime {
  /** Accepts a run; resolves when its first event is durable. Any process may do the work. */
  start(request: RunRequest): Promise<Run>;
  /** The run once it is final or waits for a person; or as it stands when `signal` aborts. */
  wait(runId: string, options?: { readonly signal?: AbortSignal }): Promise<Run>;
  /** The run as it stands. AF_RUN_NOT_FOUND when there is none. */
  get(runId: string): Promise<Run>;
  /** Runs, newest first. */
  list(query?: RunQuery): Promise<readonly Run[]>;
  /** Events after `after`, then new ones until the run is final or `signal` aborts. */
  events(
    runId: string,
    options?: { readonly after?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<RunEvent>;
  /** Cancels a run, whichever process works on it; a final one stays as it is. Resolves when it has ended. */
  cancel(runId: string, reason?: string): Promise<Run>;
}

/** Executes agents. */
export interface AgentRuntime {
  /** Agents that can be run, by name. */
  agents(): readonly AgentDefinition[];
  /** Tools that agents can be given, by name. */
  tools(): readonly ToolDefinition[];
  /** The runtime as one tenant sees it. One that does not exist is found out by the first call (AF_TENANT_UNKNOWN). */
  tenant(id: string): TenantRuntime;
}

/** Token of {@link AgentRuntime}. */
export const AgentRuntime: SingleContract<AgentRuntime> = defineContract<AgentRuntime>({
  id: 'agent-runtime',
  version: '1.0.0',
  description: 'Executes agents and keeps their journal.',
});
