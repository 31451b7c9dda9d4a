import type {
  LanguageModel,
  ModelCallOptions,
  ModelRequest,
  ModelResponse,
} from '../contracts/language-model.ts';
import type { ToolCall } from '../domain/message.ts';

/** What a {@link functionModel} answers: text, tool calls, or the whole response. */
export type FunctionModelReply = string | readonly ToolCall[] | ModelResponse;

/** Options of {@link functionModel}. */
export interface FunctionModelOptions {
  /** Default true. */
  readonly available?: boolean;
}

/**
 * A source of models that answers what a function says, for tests of what uses models. It streams word by word,
 * and counts a token for each message it was sent and each word it answers.
 *
 * @example
 * ```ts
 * const model = functionModel('test', (request) => `You sent ${request.messages.length} messages.`);
 * ```
 */
export function functionModel(
  provider: string,
  reply: (
    request: ModelRequest,
    options: ModelCallOptions,
  ) => FunctionModelReply | Promise<FunctionModelReply>,
  { available = true }: FunctionModelOptions = {},
): LanguageModel {
  const generate = async (request: ModelRequest, options: ModelCallOptions): Promise<ModelResponse> => {
    options.signal.throwIfAborted();
    return responseOf(await reply(request, options), request);
  };
  return {
    provider,
    description: 'No language model: answers what a test says.',
    available,
    generate,
    async *stream(request, options) {
      const response = await generate(request, options);
      for (const text of response.message.content.match(/\s*\S+\s*/g) ?? []) yield { type: 'text', text };
      yield { type: 'finish', response };
    },
  };
}

function responseOf(reply: FunctionModelReply, request: ModelRequest): ModelResponse {
  if (typeof reply !== 'string' && !isList(reply)) return reply;
  const content = typeof reply === 'string' ? reply : '';
  const usage = {
    inputTokens: request.messages.length,
    outputTokens: content.split(/\s+/).filter(Boolean).length,
  };
  if (typeof reply === 'string')
    return { message: { role: 'assistant', content }, finishReason: 'stop', usage };
  return { message: { role: 'assistant', content, toolCalls: reply }, finishReason: 'tool_calls', usage };
}

function isList(reply: readonly ToolCall[] | ModelResponse): reply is readonly ToolCall[] {
  return Array.isArray(reply); // Array.isArray does not narrow readonly arrays
}
