import type { Json, JsonObject } from '../json.ts';
import type { RunLimits } from './agent.ts';
import type { GuardrailStage } from './guardrail.ts';
import type { HumanEventData } from './human-event.ts';
import type { AssistantMessage, Message } from './message.ts';
import type { RunWait } from './run-wait.ts';
import type { Citation, RunCost, RunFailure, RunOrigin, RunParent, RunSubject, Usage } from './run.ts';
import type { StepEventData } from './step-event.ts';
import type { ToolReport } from './tool-report.ts';
import type { TraceContext } from './trace-context.ts';

/** How a run begins, ends and waits. */
interface LifeEventData {
  /** The run was accepted. Everything needed to start it again is here. */
  readonly 'run.created': {
    readonly subject: RunSubject;
    /** The conversation, for an agent or a router; for a workflow what it is given. */
    readonly input: readonly Message[] | Json;
    readonly limits: RunLimits;
    /** Whether the answer is written as `message.delta` events. Default false. */
    readonly stream?: boolean;
    readonly metadata?: JsonObject;
    /** Repeating a start with this key gives the same run. */
    readonly idempotencyKey?: string;
    readonly parent?: RunParent;
    /** The run it was forked from; the events up to that place were taken over. */
    readonly forkOf?: RunOrigin;
    readonly session?: string;
    readonly user?: string;
    readonly trace?: TraceContext;
  };
  /** Work on it began, or began again: after a restart, or after it waited (`attempt` above 1). */
  readonly 'run.started': { readonly attempt: number };
  /** Nothing can be done before one of these happens. Nobody owns the run meanwhile. */
  readonly 'run.waiting': {
    readonly for: readonly RunWait[];
    /** When it goes on by itself at the latest. */
    readonly wakeAt?: number;
  };
  /** Something it waited for happened. */
  readonly 'run.resumed': { readonly reason: RunWait['kind'] };
  /** Somebody asked for the run to be cancelled. */
  readonly 'run.cancelling': { readonly reason: string };
  readonly 'run.succeeded': {
    readonly output: Json;
    readonly citations: readonly Citation[];
    readonly usage: Usage;
  };
  readonly 'run.failed': { readonly error: RunFailure; readonly usage: Usage };
  readonly 'run.cancelled': { readonly reason: string; readonly usage: Usage };
}

/** What a run asks of models, tools and memory, and what comes back. */
interface EffectEventData {
  /**
   * A model is about to be asked. A second one for the same turn (another model, or after a restart) starts that
   * turn's answer anew; deltas written before it no longer count.
   */
  readonly 'model.requested': {
    readonly turn: number;
    /** Path of the step that asks; left out by an agent's own turns. */
    readonly path?: string;
    readonly provider: string;
    readonly model: string;
    /** How many messages were sent; they follow from the events before. */
    readonly messages: number;
    readonly tools: readonly string[];
    /** The question as it was put, where a plugin changed it; else it follows from the events before. */
    readonly request?: JsonObject;
  };
  /** A piece of the answer, as it is written; streamed runs only. */
  readonly 'message.delta': { readonly turn: number; readonly text: string };
  /** A piece of the arguments of a tool call, as they are written; `index` counts the calls of the answer. */
  readonly 'tool.delta': {
    readonly turn: number;
    readonly index: number;
    readonly tool: string;
    readonly text: string;
  };
  /** The model answered. */
  readonly 'model.responded': {
    readonly turn: number;
    readonly path?: string;
    readonly message: AssistantMessage;
    readonly finishReason: string;
    readonly usage: Usage;
    /** Billionths of a US dollar; left out where the price is not known. */
    readonly costNanoUsd?: number;
    /** Milliseconds from request to full answer. */
    readonly durationMs: number;
  };
  /** A model call failed; `willRetry` says what happens next. */
  readonly 'model.failed': {
    readonly turn: number;
    readonly path?: string;
    readonly error: RunFailure;
    readonly willRetry: boolean;
  };
  /** A tool is about to be called: the intent, written before the effect. */
  readonly 'tool.started': {
    /** The turn of the answer that asked for it; 0 in a workflow. */
    readonly turn: number;
    /** Path of the step that calls it, in a workflow. */
    readonly path?: string;
    readonly callId: string;
    readonly tool: string;
    readonly input: JsonObject;
    /** Given to the tool; the same on every attempt. */
    readonly idempotencyKey: string;
    readonly attempt: number;
  };
  /** A tool call ended, well or not. A call that was refused (unknown tool, invalid input) has no `tool.started`. */
  readonly 'tool.finished': {
    readonly turn: number;
    readonly path?: string;
    readonly callId: string;
    readonly tool: string;
    readonly output?: Json;
    /** Where the whole result is, when `output` is only what fits into the journal. */
    readonly artifact?: string;
    readonly error?: RunFailure;
    readonly citations?: readonly Citation[];
    readonly durationMs: number;
  };
  /** What a tool said while it was at work. */
  readonly 'tool.reported': {
    readonly turn: number;
    readonly path?: string;
    readonly callId: string;
    readonly tool: string;
    readonly report: ToolReport;
  };
  /** A call of a tool failed in a way that may pass, and is made again after `delayMs`. */
  readonly 'tool.retried': {
    readonly turn: number;
    readonly path?: string;
    readonly callId: string;
    readonly tool: string;
    readonly error: RunFailure;
    readonly delayMs: number;
  };
  /** What a memory or a knowledge pack gave; recorded results are used after a restart. */
  readonly 'memory.read': {
    readonly kind: 'conversation' | 'working' | 'semantic' | 'knowledge';
    /** The session, the memory's or the pack's name. */
    readonly key: string;
    readonly value: Json;
  };
  /** What was put into a memory. */
  readonly 'memory.written': {
    readonly kind: 'conversation' | 'working' | 'semantic';
    readonly key: string;
    readonly value: Json;
  };
  /** A guardrail found something. `replacement`: what stands in its place from here on, where it redacted. */
  readonly 'guardrail.tripped': {
    readonly guardrail: string;
    readonly stage: GuardrailStage;
    readonly verdict: 'block' | 'redact' | 'ask';
    /** Kind of objection, for programs. */
    readonly code: string;
    readonly reason: string;
    readonly turn: number;
    readonly callId?: string;
    /**
     * Which message of those the agent was given, from 0, without what is remembered. Left out at `input`: the last of
     * the user.
     */
    readonly message?: number;
    readonly replacement?: Json;
  };
  /** An answer does not fit the schema of the output; the model is told why, once. */
  readonly 'output.rejected': { readonly turn: number; readonly problems: string };
  /** Another agent goes on with the conversation, in the same run. */
  readonly handoff: {
    readonly from: string;
    readonly to: RunSubject;
    /** The tool call that asked for it, where a model did. */
    readonly callId?: string;
    readonly reason?: string;
    /** What the next agent is given in place of the conversation. */
    readonly input?: readonly Message[];
  };
  /** A run is about to be started for a step of this one, or for a tool call: the intent, with its id. */
  readonly 'child.started': {
    readonly path: string;
    readonly runId: string;
    readonly subject: RunSubject;
    /** The tool call it answers, where it answers one. */
    readonly callId?: string;
  };
  /** A run started here has ended. */
  readonly 'child.finished': {
    readonly path: string;
    readonly runId: string;
    readonly status: 'succeeded' | 'failed' | 'cancelled';
    readonly output?: Json;
    readonly error?: RunFailure;
    readonly citations?: readonly Citation[];
    readonly usage: Usage;
    readonly cost?: RunCost;
  };
}

/** What each kind of event carries. One vocabulary for the journal, streams and projections. */
export interface RunEventData extends LifeEventData, EffectEventData, StepEventData, HumanEventData {}

/** Names of the events. */
export type RunEventType = keyof RunEventData;

/** One entry of a run's journal; never changed once written. */
export type RunEvent = {
  readonly [Type in RunEventType]: {
    readonly runId: string;
    /** 1, 2, 3 … within the run, without gaps. */
    readonly seq: number;
    readonly type: Type;
    /** Milliseconds since the epoch. */
    readonly at: number;
    readonly data: RunEventData[Type];
  };
}[RunEventType];

/** Events after which nothing more happens to a run. */
export const finalEvents: ReadonlySet<RunEventType> = new Set([
  'run.succeeded',
  'run.failed',
  'run.cancelled',
]);
