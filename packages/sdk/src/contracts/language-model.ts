import { defineCollection, type CollectionContract } from '../contract.ts';
import type { JsonSchema } from '../json.ts';
import type { AssistantMessage, Message } from '../domain/message.ts';
import type { Usage } from '../domain/run.ts';

/** What a model is told of a tool. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  readonly input: JsonSchema;
}

/**
 * Whether the model may call tools: as it likes (`auto`), not at all (`none`), at least one (`required`), or
 * this one.
 */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly tool: string };

/** How long a model may think before it answers. */
export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** One question to a model. */
export interface ModelRequest {
  /** The provider's own name of the model. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly ModelTool[];
  /** Default `auto`. Says nothing where no tools are offered. */
  readonly toolChoice?: ToolChoice;
  /**
   * The answer has to be JSON of this schema, a schema of an object; it comes as the text of the message. The
   * provider asks the model for it as strictly as it can; the caller still checks it.
   */
  readonly responseSchema?: JsonSchema;
  readonly temperature?: number;
  /** Of the answer, with what the model thinks before it. */
  readonly maxOutputTokens?: number;
  /** The answer ends before any of these texts. */
  readonly stop?: readonly string[];
  /** A wish for the same answer to the same question; providers that know no seed ignore it. */
  readonly seed?: number;
  /** A wish; providers and models that do not think ignore it. */
  readonly reasoningEffort?: ReasoningEffort;
}

/** Why an answer ended. */
export type FinishReason = 'stop' | 'tool_calls' | 'length' | 'content_filter';

/** A model's whole answer. */
export interface ModelResponse {
  readonly message: AssistantMessage;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** The model that answered, where the provider names it more exactly than it was asked for. */
  readonly model?: string;
  /** The provider's own id of the call, for its support. */
  readonly requestId?: string;
}

/** A piece of an answer; the last one is `finish` and carries the whole. Pieces of a kind not known are passed over. */
export type ModelChunk =
  | { readonly type: 'text'; readonly text: string }
  /** What the model thinks, where the provider shows it; no part of the answer. */
  | { readonly type: 'reasoning'; readonly text: string }
  /** A piece of the JSON text of a tool call's input; the first of a call may be empty. */
  | {
      readonly type: 'tool_call.delta';
      /** Which of the answer's calls, from 0. */
      readonly index: number;
      /** As in the `finish`. */
      readonly id: string;
      readonly name: string;
      readonly input: string;
    }
  | { readonly type: 'finish'; readonly response: ModelResponse };

/** What goes with a call. */
export interface ModelCallOptions {
  /** Abort it to end the call; it must reach the socket, and the call rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Whose call it is, where limits are kept for each tenant. */
  readonly tenant?: string;
  /** The same on every attempt of one call, for providers that keep a repeated call from counting twice. */
  readonly idempotencyKey?: string;
}

/** What a model can do. What is not given is not known. */
export interface ModelCapabilities {
  readonly streaming?: boolean;
  readonly tools?: boolean;
  /** `native`: the provider holds the model to the schema. `prompted`: the model is only asked for it. */
  readonly structuredOutput?: 'native' | 'prompted' | 'none';
  /** Whether it takes images. Where it is `false`, a run does not ask it about one, but the agent's next model. */
  readonly images?: boolean;
  readonly reasoning?: boolean;
  /** Tokens of question and answer together. */
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
}

/** A source of language models. Failures are errors of {@link modelErrors}. */
export interface LanguageModel {
  /** Unique: the part before the slash in an agent's `model`. */
  readonly provider: string;
  /** One sentence, for people. Says so if it is no language model. */
  readonly description: string;
  /** Whether calls can work: a key is there, for example. An agent's first available model answers. */
  readonly available: boolean;
  /** What the model of that name can do, as far as it is known without asking it. Not given: nothing is known. */
  capabilities?(model: string): Promise<ModelCapabilities>;
  /** The whole answer at once. */
  generate(request: ModelRequest, options: ModelCallOptions): Promise<ModelResponse>;
  /** The answer piece by piece. */
  stream(request: ModelRequest, options: ModelCallOptions): AsyncIterable<ModelChunk>;
}

/** Collection of {@link LanguageModel}. */
export const LanguageModel: CollectionContract<LanguageModel> = defineCollection<LanguageModel>({
  id: 'language-model',
  version: '1.1.0',
  description: 'Sources of language models.',
});
