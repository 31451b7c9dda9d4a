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

/** One question to a model. */
export interface ModelRequest {
  /** The provider's own name of the model. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly ModelTool[];
  readonly temperature?: number;
  readonly maxOutputTokens?: number;
}

/** A model's whole answer. */
export interface ModelResponse {
  readonly message: AssistantMessage;
  readonly finishReason: 'stop' | 'tool_calls' | 'length' | 'content_filter';
  readonly usage: Usage;
}

/** A piece of an answer; the last one is `finish` and carries the whole. */
export type ModelChunk =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'finish'; readonly response: ModelResponse };

/** What goes with a call. */
export interface ModelCallOptions {
  /** Abort it to end the call; it must reach the socket, and the call rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** A source of language models. Failures are errors with code and `retryable`. */
export interface LanguageModel {
  /** Unique: the part before the slash in an agent's `model`. */
  readonly provider: string;
  /** One sentence, for people. Says so if it is no language model. */
  readonly description: string;
  /** Whether calls can work: a key is there, for example. An agent's first available model answers. */
  readonly available: boolean;
  /** The whole answer at once. */
  generate(request: ModelRequest, options: ModelCallOptions): Promise<ModelResponse>;
  /** The answer piece by piece. */
  stream(request: ModelRequest, options: ModelCallOptions): AsyncIterable<ModelChunk>;
}

/** Collection of {@link LanguageModel}. */
export const LanguageModel: CollectionContract<LanguageModel> = defineCollection<LanguageModel>({
  id: 'language-model',
  version: '1.0.0',
  description: 'Sources of language models.',
});
