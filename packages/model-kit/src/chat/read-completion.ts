import type { ModelResponse } from '@agent-factory/sdk/contracts';
import type { Usage } from '@agent-factory/sdk/domain';
import type { Wire } from '../protocol/model-protocol.ts';
import { readCount, readList, readObject, readText } from '../protocol/wire-fields.ts';
import { toToolCall, type WrittenCall } from '../protocol/written-call.ts';

/** The parts of an answer, whichever way they came. */
export interface AnswerParts {
  readonly content: string;
  readonly refused: boolean;
  readonly calls: readonly WrittenCall[];
  readonly finishReason: unknown;
  readonly usage: unknown;
  readonly model: unknown;
  /** The model that was asked for. */
  readonly asked: string;
}

/** Reads a whole answer; `undefined` when it holds no message. */
export function readCompletion(completion: Wire, asked: string): ModelResponse | undefined {
  const choice = readList(completion['choices'])[0];
  const message = choice?.['message'];
  if (!choice || typeof message !== 'object' || message === null) return undefined;
  const { content, refusal, tool_calls } = readObject(message);
  return toResponse({
    content: readContent(content) || readText(refusal),
    refused: readText(refusal) !== '',
    calls: readList(tool_calls).map((call) => {
      const { name, arguments: text } = readObject(call['function']);
      return { id: readText(call['id']), name: readText(name), arguments: readArguments(text) };
    }),
    finishReason: choice['finish_reason'],
    usage: completion['usage'],
    model: completion['model'],
    asked,
  });
}

/** Puts an answer into the platform's shape. */
export function toResponse(parts: AnswerParts): ModelResponse {
  const toolCalls = parts.calls.map(toToolCall);
  const model = readText(parts.model);
  return {
    message: {
      role: 'assistant',
      content: parts.content,
      ...(toolCalls.length > 0 && { toolCalls }),
    },
    finishReason: finishReasonOf(parts, toolCalls.length > 0),
    usage: readUsage(readObject(parts.usage)),
    ...(model !== '' && model !== parts.asked && { model }),
  };
}

/** Text of a content field: a string, nothing, or a list of parts. */
export function readContent(content: unknown): string {
  if (typeof content === 'string') return content;
  return readList(content)
    .map((part) => readText(part['text']))
    .join('');
}

/** Arguments are JSON text; a few servers send the object itself. */
export function readArguments(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function finishReasonOf(parts: AnswerParts, callsTools: boolean): ModelResponse['finishReason'] {
  const reason = parts.finishReason;
  if (reason === 'length' || reason === 'content_filter') return reason;
  if (callsTools) return 'tool_calls'; // some servers say "stop" here
  return parts.refused ? 'content_filter' : 'stop';
}

function readUsage(usage: Wire): Usage {
  const inputTokens = readCount(usage['prompt_tokens']) ?? 0;
  const outputTokens = readCount(usage['completion_tokens']) ?? 0;
  const cached = readCount(readObject(usage['prompt_tokens_details'])['cached_tokens']);
  const thought = readCount(readObject(usage['completion_tokens_details'])['reasoning_tokens']);
  return {
    inputTokens,
    outputTokens,
    // Some servers count what they read from the cache, or thought, apart from the rest.
    ...(cached !== undefined && { cachedInputTokens: Math.min(cached, inputTokens) }),
    ...(thought !== undefined && { reasoningTokens: Math.min(thought, outputTokens) }),
  };
}
