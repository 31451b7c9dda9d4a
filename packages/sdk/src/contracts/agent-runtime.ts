import { defineContract, type SingleContract } from '../contract.ts';
import type { AgentDefinition, CallerTool, RunLimits } from '../domain/agent.ts';
import type { RunEvent } from '../domain/event.ts';
import type { Message } from '../domain/message.ts';
import type { Run } from '../domain/run.ts';
import type { ToolDefinition } from '../domain/tool.ts';
import type { TraceContext } from '../domain/trace-context.ts';
import type { Json, JsonObject, JsonSchema } from '../json.ts';
import type { RunQuery } from './journal.ts';
import type { TenantDefinitions } from './tenant-definitions.ts';

/** What is to be run, and with what. */
export type RunTarget =
  /** An agent by name; the question, or the whole conversation so far. */
  | { readonly agent: string; readonly input: string | readonly Message[] }
  /** A router by name: the agents of its graph answer. */
  | { readonly router: string; readonly input: string | readonly Message[] }
  /** A workflow by name; what its input schema wants. */
  | { readonly workflow: string; readonly input: Json }
  /** A tool by name: one call, with its approvals, in a run of its own. For programs that offer tools of their choice. */
  | { readonly tool: string; readonly input: JsonObject };

/** A wish to run something. */
export type RunRequest = RunTarget & RunRequestOptions;

/** What goes with every wish to run something. */
export interface RunRequestOptions {
  /** Tighter limits than its own; looser ones are refused. */
  readonly limits?: RunLimits;
  /** Stream the model's answer into the journal as `message.delta` events. Default false. */
  readonly stream?: boolean;
  /** Starting again with the same key gives the first run. At most 255 characters. */
  readonly idempotencyKey?: string;
  /** Kept with the run. */
  readonly metadata?: JsonObject;
  /** The conversation it goes on with, where what is run has a memory. At most 200 characters. */
  readonly session?: string;
  /** Tools of the caller, for an agent alone, in place of those its definition has: AF_RUN_INPUT_INVALID where they clash. */
  readonly callerTools?: readonly CallerTool[];
  /** JSON Schema of the answer, for an agent alone, in place of its own. */
  readonly output?: JsonSchema;
  /** Whom it is for, as the application names them, where what is run remembers by user. At most 200 characters. */
  readonly user?: string;
  /** Where it stands in the trace of whatever wants it. */
  readonly trace?: TraceContext;
}

/** An answer to a question of a run. */
export interface ApprovalAnswer {
  readonly approvalId: string;
  readonly outcome: 'approved' | 'rejected';
  /** Who answers. */
  readonly by?: string;
  readonly reason?: string;
  /** What the tool is called with instead. */
  readonly input?: JsonObject;
  /** Answering again with the same id changes nothing. Default a new one. */
  readonly id?: string;
}

/** What became of a tool call whose outcome is not known. */
export interface DecisionAnswer {
  readonly callId: string;
  /** It was `done`, with `output`; `repeat` it; or `abandon` it. */
  readonly outcome: 'done' | 'repeat' | 'abandon';
  readonly output?: Json;
  readonly by?: string;
  readonly reason?: string;
  readonly id?: string;
}

/** Something sent to a run. */
export interface SentEvent {
  readonly name: string;
  /** Default `null`. */
  readonly data?: Json;
  readonly by?: string;
  /** Sending again with the same id changes nothing. Default a new one. */
  readonly id?: string;
}

/** Runs agents for one tenant. Every step is in the journal before its effect is acknowledged. */
export interface TenantRuntime {
  /** What can be run, and how it came to be as it is. */
  readonly definitions: TenantDefinitions;
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
  /**
   * Answers a run that asks for permission. Resolves with the run once it has the answer; it goes on anywhere.
   * AF_APPROVAL_UNKNOWN; AF_APPROVAL_RESOLVED when it was answered before; AF_RUN_ENDED.
   */
  approve(runId: string, answer: ApprovalAnswer): Promise<Run>;
  /** The same for a tool call whose outcome is not known. AF_DECISION_UNKNOWN, AF_DECISION_RESOLVED, AF_RUN_ENDED. */
  decide(runId: string, answer: DecisionAnswer): Promise<Run>;
  /** Sends something to a run, whether it waits for it yet or not. AF_RUN_ENDED. */
  send(runId: string, event: SentEvent): Promise<Run>;
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
