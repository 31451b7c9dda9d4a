import type { Json } from '@agent-factory/sdk';
import type { ServerSentEvent } from '@agent-factory/sdk/contracts';
import type { Run, Usage } from '@agent-factory/sdk/domain';
import { jsonOf, wholeAnswer, type Answer, type WantedCall } from '../answer.ts';
import { streamOf } from '../error-stream.ts';

/** A completion in one piece. */
export async function completionOf(answer: Answer, model: string): Promise<Json> {
  const { text, calls, usage, run } = await wholeAnswer(answer);
  const message = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(calls.length > 0 && { tool_calls: calls.map(toolCallOf) }),
  };
  return {
    ...headOf(run, model, 'chat.completion'),
    choices: [{ index: 0, message, finish_reason: reasonOf(calls), logprobs: null }],
    usage: usageOf(usage),
  };
}

/** A completion as it is written, up to `[DONE]`. */
export function completionStream(
  { run, pieces }: Answer,
  model: string,
  withUsage: boolean,
): AsyncGenerator<ServerSentEvent> {
  const head = headOf(run, model, 'chat.completion.chunk');
  const chunk = (delta: object, finish: string | null = null): ServerSentEvent => ({
    data: jsonOf({
      ...head,
      choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
      ...(withUsage && { usage: null }),
    }),
  });
  return streamOf(
    (async function* () {
      yield chunk({ role: 'assistant', content: '' });
      for await (const piece of pieces) {
        if (piece.type === 'text') {
          yield chunk({ content: piece.text });
          continue;
        }
        const { calls, usage } = piece;
        if (calls.length > 0)
          yield chunk({ tool_calls: calls.map((call, index) => ({ index, ...toolCallOf(call) })) });
        yield chunk({}, reasonOf(calls));
        if (withUsage) yield { data: { ...head, choices: [], usage: usageOf(usage) } };
      }
      yield { data: null, text: '[DONE]' };
    })(),
  );
}

function headOf({ id, createdAt }: Run, model: string, object: string) {
  return { id: `chatcmpl-${id}`, object, created: Math.floor(createdAt / 1000), model };
}

function toolCallOf({ id, name, arguments: text }: WantedCall) {
  return { id, type: 'function', function: { name, arguments: text } };
}

function reasonOf(calls: readonly WantedCall[]): string {
  return calls.length > 0 ? 'tool_calls' : 'stop';
}

function usageOf({ inputTokens, outputTokens, cachedInputTokens = 0, reasoningTokens = 0 }: Usage) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}
