import type { Json, JsonObject } from '@agent-factory/sdk';
import type { Usage } from '@agent-factory/sdk/domain';

/** What the scripted models say; the schema in package.json says the same. */
export interface ScriptedConfig {
  /** The part before the slash in an agent's `model`. Default `scripted`. */
  readonly provider: string;
  /** Scripts by name of the model. */
  readonly scripts: Readonly<Record<string, readonly ScriptStep[]>>;
  /** Begin again when a script runs out, in place of an error. Default false. */
  readonly loop: boolean;
}

/** One answer; a string is short for `{ reply: { text } }`. */
export type ScriptStep = string | { readonly when?: ScriptCondition; readonly reply: ScriptReply };

/** When a step counts; without one it always does. */
export interface ScriptCondition {
  /** The last message of the user holds this text, upper or lower case. */
  readonly contains?: string;
  /** It is the user's message number … in the conversation, from 1. */
  readonly turn?: number;
}

/** What the model says. `{{input}}` and `{{toolResult}}` in its texts are filled in. */
export interface ScriptReply {
  readonly text?: string;
  /** The text as JSON, for answers to a schema; stands for `text`. */
  readonly json?: Json;
  /** The text in the pieces it is streamed in; stands for `text`. Default: word by word. */
  readonly chunks?: readonly string[];
  readonly toolCalls?: readonly ScriptToolCall[];
  /** Default `tool_calls` with tool calls, else `stop`. */
  readonly finishReason?: 'stop' | 'tool_calls' | 'length' | 'content_filter';
  /** Default: a quarter of the characters. */
  readonly usage?: Usage;
  /** The call fails with this; a stream gives its pieces first. */
  readonly error?: ScriptError;
  /** Milliseconds before the answer. Default 0. */
  readonly delayMs?: number;
  /** Milliseconds between streamed pieces. Default 0. */
  readonly chunkDelayMs?: number;
}

/** A tool call of a script. */
interface ScriptToolCall {
  readonly name: string;
  /** Default `{}`. */
  readonly input?: JsonObject;
  /** Default: from the place in the conversation, unique in it. */
  readonly id?: string;
  /** What the model wrote in place of JSON. */
  readonly malformed?: string;
}

/** A failure of a script. */
export interface ScriptError {
  readonly message: string;
  /** Default `AF_LLM_SCRIPTED_FAILED`. */
  readonly code?: `AF_${string}`;
  /** Default: that the script says so. */
  readonly fix?: string;
  /** Default false. */
  readonly retryable?: boolean;
  /** How long to wait before another call, as a provider would say it. */
  readonly retryAfterMs?: number;
}
