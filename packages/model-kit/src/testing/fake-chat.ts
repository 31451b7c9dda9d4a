import type { FakeReply } from './fake-reply.ts';
import { inHalves, inPieces, usageOf } from './fake-reply.ts';

const created = 1_700_000_000;

/** A whole answer of Chat Completions with this message. */
export function completion(
  message: object,
  finish_reason: string | null = 'stop',
  more: object = {},
): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created,
    model: 'fake',
    choices: [{ index: 0, message, logprobs: null, finish_reason }],
    usage: wireUsage({}),
    ...more,
  };
}

/** One event of a streamed answer of Chat Completions, as JSON. */
export function delta(part: object, finish_reason: string | null = null, model = 'fake'): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created,
    model,
    choices: [{ index: 0, delta: part, logprobs: null, finish_reason }],
  });
}

/** A reply as Chat Completions writes it. */
export function chatCompletion(reply: FakeReply, model: string): object {
  const calls = reply.toolCalls?.map((call, index) => wireCall(call, index, call.arguments));
  const message = {
    role: 'assistant',
    content: reply.refused || calls ? null : (reply.text ?? ''),
    refusal: reply.refused ? (reply.text ?? '') : null,
    ...(reply.thought !== undefined && { reasoning_content: reply.thought }),
    ...(calls && { tool_calls: calls }),
  };
  return completion(message, reasonOf(reply), { model, usage: wireUsage(reply) });
}

/** A reply as Chat Completions streams it. */
export function chatEvents(reply: FakeReply, model: string): string[] {
  const event = (part: object, reason: string | null = null): string => delta(part, reason, model);
  const field = reply.refused ? 'refusal' : 'content';
  const calls = (reply.toolCalls ?? []).flatMap((call, index) => [
    event({ tool_calls: [{ index, ...wireCall(call, index, '') }] }),
    ...inHalves(call.arguments).map((text) =>
      event({ tool_calls: [{ index, function: { arguments: text } }] }),
    ),
  ]);
  const usage = { choices: [], id: 'chatcmpl-1', object: 'chat.completion.chunk', created, model };
  return [
    event({ role: 'assistant', content: reply.toolCalls ? null : '', refusal: null }),
    ...inPieces(reply.thought ?? '').map((reasoning_content) => event({ reasoning_content })),
    ...inPieces(reply.text ?? '').map((text) => event({ [field]: text })),
    ...calls,
    event({}, reasonOf(reply)),
    JSON.stringify({ ...usage, usage: wireUsage(reply) }),
    '[DONE]',
  ];
}

function wireCall(
  call: { readonly id?: string; readonly name: string },
  index: number,
  text: string,
): object {
  const id = call.id ?? `call_${index + 1}`;
  return { id, type: 'function', function: { name: call.name, arguments: text } };
}

function reasonOf(reply: FakeReply): string {
  if (reply.cut) return 'length';
  return reply.toolCalls ? 'tool_calls' : 'stop';
}

function wireUsage(reply: FakeReply): object {
  const { input, output, cached, thought } = usageOf(reply);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 } }),
    ...(thought !== undefined && { completion_tokens_details: { reasoning_tokens: thought } }),
  };
}
