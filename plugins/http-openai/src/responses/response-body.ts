import type { Json } from '@agent-factory/sdk';
import type { Run, Usage } from '@agent-factory/sdk/domain';
import { jsonOf, type WantedCall } from '../answer.ts';
import { responseIdOf } from './earlier.ts';
import type { ResponsesRequest } from './responses-request.ts';

/** What a response is made of. */
export interface ResponseParts {
  readonly run: Run;
  readonly request: ResponsesRequest;
  readonly status: 'in_progress' | 'completed' | 'failed';
  readonly output: readonly object[];
  readonly usage?: Usage;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A response, as OpenAI writes it. */
export function responseOf({ run, request, status, output, usage, error }: ResponseParts): Json {
  const { model, instructions = null, previous_response_id: previous = null, tools = [], text } = request;
  return jsonOf({
    id: responseIdOf(run),
    object: 'response',
    created_at: Math.floor(run.createdAt / 1000),
    status,
    error: error ?? null,
    incomplete_details: null,
    instructions,
    max_output_tokens: null,
    metadata: request.metadata ?? {},
    model,
    output,
    parallel_tool_calls: true,
    previous_response_id: previous,
    temperature: null,
    text: text ?? { format: { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools,
    top_p: null,
    usage: usage ? usageOf(usage) : null,
  });
}

/** The text of an answer as an item; `done` or still being written. */
export function messageItem(id: string, text: string | undefined): object {
  return {
    id,
    type: 'message',
    role: 'assistant',
    status: text === undefined ? 'in_progress' : 'completed',
    content: text === undefined ? [] : [textPart(text)],
  };
}

/** A piece of content. */
export function textPart(text: string): object {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/** A call as an item, as far as others look at it. */
interface CallItem {
  readonly id: string;
  readonly arguments: string;
  readonly [field: string]: string;
}

/** A call that the caller is asked to make, as an item. */
export function callItem({ id, name, arguments: text }: WantedCall, isDone = true): CallItem {
  return {
    id: `fc_${id}`,
    type: 'function_call',
    call_id: id,
    name,
    arguments: isDone ? text : '',
    status: isDone ? 'completed' : 'in_progress',
  };
}

function usageOf({ inputTokens, outputTokens, cachedInputTokens = 0, reasoningTokens = 0 }: Usage) {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedInputTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}
