import { readCount, readList, readObject, readText, toToolCall, type Wire } from '@agent-factory/model-kit';
import type { Json } from '@agent-factory/sdk';
import type { ModelResponse } from '@agent-factory/sdk/contracts';
import type { Usage } from '@agent-factory/sdk/domain';

/** Reads a whole response; `undefined` when it holds no output. */
export function readResponse(response: Wire, provider: string, asked: string): ModelResponse | undefined {
  if (!Array.isArray(response['output'])) return undefined;
  const output = readList(response['output']);
  let content = '';
  let refused = false;
  const calls = [];
  const thoughts: Json[] = [];
  for (const item of output) {
    if (item['type'] === 'message') {
      for (const part of readList(item['content'])) {
        refused ||= part['type'] === 'refusal';
        content += readText(part['text']) + readText(part['refusal']);
      }
    } else if (item['type'] === 'function_call') {
      calls.push(
        toToolCall({
          id: readText(item['call_id']) || readText(item['id']),
          name: readText(item['name']),
          arguments: readText(item['arguments']),
        }),
      );
    } else if (item['type'] === 'reasoning' && typeof item['encrypted_content'] === 'string') {
      thoughts.push(item as Json); // parsed from JSON
    }
  }
  const model = readText(response['model']);
  return {
    message: {
      role: 'assistant',
      content,
      ...(calls.length > 0 && { toolCalls: calls }),
      ...(thoughts.length > 0 && { carry: { provider, data: thoughts } }),
    },
    finishReason: finishReasonOf(response, calls.length > 0, refused),
    usage: readUsage(readObject(response['usage'])),
    ...(model !== '' && model !== asked && { model }),
  };
}

function finishReasonOf(
  response: Wire,
  callsTools: boolean,
  refused: boolean,
): ModelResponse['finishReason'] {
  if (response['status'] === 'incomplete') {
    const { reason } = readObject(response['incomplete_details']);
    return reason === 'content_filter' ? 'content_filter' : 'length';
  }
  if (callsTools) return 'tool_calls';
  return refused ? 'content_filter' : 'stop';
}

function readUsage(usage: Wire): Usage {
  const inputTokens = readCount(usage['input_tokens']) ?? 0;
  const outputTokens = readCount(usage['output_tokens']) ?? 0;
  const cached = readCount(readObject(usage['input_tokens_details'])['cached_tokens']);
  const thought = readCount(readObject(usage['output_tokens_details'])['reasoning_tokens']);
  return {
    inputTokens,
    outputTokens,
    ...(cached !== undefined && { cachedInputTokens: Math.min(cached, inputTokens) }),
    ...(thought !== undefined && { reasoningTokens: Math.min(thought, outputTokens) }),
  };
}
