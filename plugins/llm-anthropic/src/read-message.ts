import {
  newCallId,
  readCount,
  readList,
  readObject,
  readText,
  toToolCall,
  type Wire,
} from '@agent-factory/model-kit';
import type { Json, JsonObject } from '@agent-factory/sdk';
import type { FinishReason, ModelResponse } from '@agent-factory/sdk/contracts';
import type { ToolCall, Usage } from '@agent-factory/sdk/domain';

/** The parts of an answer, whichever way they came. */
export interface MessageParts {
  readonly content: readonly Wire[];
  /** The input of a call as it was written, by the place of its block; streams only. */
  readonly inputs?: ReadonlyMap<number, string>;
  readonly stopReason: unknown;
  readonly usage: Wire;
  readonly model: unknown;
}

/** Reads a whole answer; `undefined` when it holds none. `answerTool`: the tool whose input is the answer. */
export function readMessage(
  message: Wire,
  provider: string,
  asked: string,
  answerTool: string | undefined,
): ModelResponse | undefined {
  if (!Array.isArray(message['content'])) return undefined;
  const parts = {
    content: readList(message['content']),
    stopReason: message['stop_reason'],
    usage: readObject(message['usage']),
    model: message['model'],
  };
  return toResponse(parts, provider, asked, answerTool);
}

/** Puts an answer into the platform's shape. */
export function toResponse(
  parts: MessageParts,
  provider: string,
  asked: string,
  answerTool: string | undefined,
): ModelResponse {
  let text = '';
  let answer: string | undefined;
  const calls: ToolCall[] = [];
  const thoughts: Json[] = [];
  for (const [place, block] of parts.content.entries()) {
    const written = parts.inputs?.get(place);
    if (block['type'] === 'text') text += readText(block['text']);
    else if (block['type'] === 'thinking' || block['type'] === 'redacted_thinking') {
      thoughts.push(block as Json); // parsed from JSON
    } else if (block['type'] === 'tool_use') {
      if (block['name'] === answerTool) answer ??= written ?? JSON.stringify(block['input'] ?? {});
      else calls.push(toCall(block, written));
    }
  }
  const isAnswer = answer !== undefined && calls.length === 0;
  const model = readText(parts.model);
  return {
    message: {
      role: 'assistant',
      content: isAnswer ? (answer ?? '') : text,
      ...(calls.length > 0 && { toolCalls: calls }),
      ...(thoughts.length > 0 && { carry: { provider, data: thoughts } }),
    },
    finishReason: finishReasonOf(parts.stopReason, calls.length > 0),
    usage: readUsage(parts.usage),
    ...(model !== '' && model !== asked && { model }),
  };
}

function toCall(block: Wire, written: string | undefined): ToolCall {
  const id = readText(block['id']) || newCallId();
  const name = readText(block['name']);
  if (written !== undefined) return toToolCall({ id, name, arguments: written });
  return { id, name, input: readObject(block['input']) as JsonObject }; // parsed from JSON
}

function finishReasonOf(reason: unknown, callsTools: boolean): FinishReason {
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'length';
  if (reason === 'refusal') return 'content_filter';
  return callsTools ? 'tool_calls' : 'stop';
}

/** Anthropic counts what came from the cache, and went into it, apart from the rest of the input. */
function readUsage(usage: Wire): Usage {
  const read = readCount(usage['cache_read_input_tokens']) ?? 0;
  const wrote = readCount(usage['cache_creation_input_tokens']) ?? 0;
  const outputTokens = readCount(usage['output_tokens']) ?? 0;
  const thought = readCount(readObject(usage['output_tokens_details'])['thinking_tokens']);
  return {
    inputTokens: (readCount(usage['input_tokens']) ?? 0) + read + wrote,
    outputTokens,
    ...(read > 0 && { cachedInputTokens: read }),
    ...(wrote > 0 && { cacheWriteTokens: wrote }),
    ...(thought !== undefined && { reasoningTokens: Math.min(thought, outputTokens) }),
  };
}
