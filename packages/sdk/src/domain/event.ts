import type { Json, JsonObject } from '../json.ts';
import type { RunLimits } from './agent.ts';
import type { AssistantMessage, Message } from './message.ts';
import type { Citation, RunFailure, Usage } from './run.ts';

/** What each kind of event carries. One vocabulary for the journal, streams and projections. */
export interface RunEventData {
  /** The run was accepted. Everything needed to start it again is here. */
  readonly 'run.created': {
    readonly agent: string;
    /** SHA-256 of the agent's definition in canonical JSON (RFC 8785), hex. */
    readonly agentHash: string;
    readonly input: readonly Message[];
    readonly limits: RunLimits;
    /** Whether the answer is written as `message.delta` events. Default false. */
    readonly stream?: boolean;
    readonly metadata?: JsonObject;
    /** Repeating a start with this key gives the same run. */
    readonly idempotencyKey?: string;
  };
  /** Work on it began, or began again after a restart (`attempt` above 1). */
  readonly 'run.started': { readonly attempt: number };
  /**
   * A model is about to be asked. A second one for the same turn (another model, or after a restart) starts that
   * turn's answer anew; deltas written before it no longer count.
   */
  readonly 'model.requested': {
    readonly turn: number;
    readonly provider: string;
    readonly model: string;
    /** How many messages were sent; they follow from the events before. */
    readonly messages: number;
    readonly tools: readonly string[];
  };
  /** A piece of the answer, as it is written; streamed runs only. */
  readonly 'message.delta': { readonly turn: number; readonly text: string };
  /** The model answered. */
  readonly 'model.responded': {
    readonly turn: number;
    readonly message: AssistantMessage;
    readonly finishReason: string;
    readonly usage: Usage;
    /** Milliseconds from request to full answer. */
    readonly durationMs: number;
  };
  /** A model call failed; `willRetry` says what happens next. */
  readonly 'model.failed': { readonly turn: number; readonly error: RunFailure; readonly willRetry: boolean };
  /** A tool is about to be called: the intent, written before the effect. */
  readonly 'tool.started': {
    readonly turn: number;
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
    readonly callId: string;
    readonly tool: string;
    readonly output?: Json;
    readonly error?: RunFailure;
    readonly citations?: readonly Citation[];
    readonly durationMs: number;
  };
  /** The run waits for a person: a write was in flight when the platform stopped, and its outcome is unknown. */
  readonly 'run.waiting': { readonly reason: 'decision'; readonly detail: string; readonly callId: string };
  /** Somebody asked for the run to be cancelled. */
  readonly 'run.cancelling': { readonly reason: string };
  readonly 'run.succeeded': {
    readonly output: string;
    readonly citations: readonly Citation[];
    readonly usage: Usage;
  };
  readonly 'run.failed': { readonly error: RunFailure; readonly usage: Usage };
  readonly 'run.cancelled': { readonly reason: string; readonly usage: Usage };
}

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
