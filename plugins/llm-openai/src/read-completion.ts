import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@agent-factory/sdk';
import type { ModelResponse } from '@agent-factory/sdk/contracts';
import type { ToolCall } from '@agent-factory/sdk/domain';
import type { WireCompletion, WireToolCall } from './chat-wire.ts';

/** A tool call before its arguments are parsed. */
export interface WrittenCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** The parts of an answer, whichever way they came. */
export interface AnswerParts {
  readonly content: string;
  readonly refused: boolean;
  readonly calls: readonly WrittenCall[];
  readonly finishReason: unknown;
  readonly usage: WireCompletion['usage'];
}

/** Reads a whole answer; `undefined` when it holds no message. */
export function readCompletion(completion: WireCompletion): ModelResponse | undefined {
  const choice = Array.isArray(completion.choices) ? completion.choices[0] : undefined;
  const message = choice?.message;
  if (!choice || typeof message !== 'object' || message === null) return undefined;
  const refusal = typeof message.refusal === 'string' ? message.refusal : '';
  const calls: readonly (WireToolCall | null)[] = Array.isArray(message.tool_calls) ? message.tool_calls : [];
  return toResponse({
    content: readContent(message.content) || refusal,
    refused: refusal !== '',
    calls: calls.map((call) => ({
      id: readText(call?.id),
      name: readText(call?.function?.name),
      arguments: readArguments(call?.function?.arguments),
    })),
    finishReason: choice.finish_reason,
    usage: completion.usage,
  });
}

/** Puts an answer into the platform's shape. */
export function toResponse(parts: AnswerParts): ModelResponse {
  const toolCalls = parts.calls.map(toToolCall);
  return {
    message: {
      role: 'assistant',
      content: parts.content,
      ...(toolCalls.length > 0 && { toolCalls }),
    },
    finishReason: finishReasonOf(parts, toolCalls.length > 0),
    usage: {
      inputTokens: readCount(parts.usage?.prompt_tokens),
      outputTokens: readCount(parts.usage?.completion_tokens),
    },
  };
}

/** Text of a content field: a string, nothing, or a list of parts. */
export function readContent(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown } | null) => readText(part?.text)).join('');
}

/** A string as it is; anything else as nothing. */
export function readText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Arguments are JSON text; a few servers send the object itself. */
export function readArguments(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function toToolCall({ id, name, arguments: text }: WrittenCall): ToolCall {
  const call = { id: id || `call_${randomUUID()}`, name };
  if (text.trim() === '') return { ...call, input: {} };
  try {
    const input: unknown = JSON.parse(text);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
      return { ...call, input: input as JsonObject }; // JSON.parse makes nothing but JSON
    }
  } catch {
    // told with `malformed`
  }
  return { ...call, input: {}, malformed: text };
}

function finishReasonOf(parts: AnswerParts, callsTools: boolean): ModelResponse['finishReason'] {
  const reason = parts.finishReason;
  if (reason === 'length' || reason === 'content_filter') return reason;
  if (callsTools) return 'tool_calls'; // some servers say "stop" here
  return parts.refused ? 'content_filter' : 'stop';
}

function readCount(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
