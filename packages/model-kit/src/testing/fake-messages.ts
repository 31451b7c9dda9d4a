import { inHalves, inPieces, usageOf, type FakeReply } from './fake-reply.ts';

type NamedEvent = readonly [string, string];

interface Block {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A reply as Anthropic's Messages API writes it. */
export function wholeMessage(reply: FakeReply, model: string): object {
  return envelope(model, blocksOf(reply), reasonOf(reply), wireUsage(reply));
}

/** A reply as Anthropic's Messages API streams it. */
export function messageEvents(reply: FakeReply, model: string): readonly NamedEvent[] {
  const event = (type: string, data: object = {}): NamedEvent => [type, JSON.stringify({ type, ...data })];
  const usage = wireUsage(reply);
  const blocks = blocksOf(reply).flatMap((block, index) => [
    event('content_block_start', { index, content_block: { ...block, ...emptied(block) } }),
    ...(index === 0 ? [event('ping')] : []),
    ...deltasOf(block).map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ]);
  return [
    event('message_start', { message: envelope(model, [], null, { ...usage, output_tokens: 1 }) }),
    ...blocks,
    event('message_delta', {
      delta: { stop_reason: reasonOf(reply), stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    }),
    event('message_stop'),
  ];
}

function emptied(block: Block): object {
  if (block.type === 'tool_use') return { input: {} };
  return block.type === 'thinking' ? { thinking: '', signature: '' } : { text: '' };
}

function deltasOf(block: Block): object[] {
  if (block.type === 'text')
    return inPieces(String(block['text'])).map((text) => ({ type: 'text_delta', text }));
  if (block.type === 'thinking') {
    return [
      ...inPieces(String(block['thinking'])).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: block['signature'] },
    ];
  }
  return ['', ...inHalves(JSON.stringify(block['input']))].map((partial_json) => ({
    type: 'input_json_delta',
    partial_json,
  }));
}

function blocksOf(reply: FakeReply): Block[] {
  return [
    ...(reply.thought === undefined
      ? []
      : [{ type: 'thinking', thinking: reply.thought, signature: 'sig-1' }]),
    ...(reply.text === undefined ? [] : [{ type: 'text', text: reply.text, citations: null }]),
    ...(reply.toolCalls ?? []).map((call, n) => ({
      type: 'tool_use',
      id: call.id ?? `toolu_${n + 1}`,
      name: call.name,
      input: JSON.parse(call.arguments) as unknown,
    })),
  ];
}

function reasonOf(reply: FakeReply): string {
  if (reply.cut) return 'max_tokens';
  if (reply.refused) return 'refusal';
  return reply.toolCalls ? 'tool_use' : 'end_turn';
}

function envelope(
  model: string,
  content: readonly Block[],
  stop_reason: string | null,
  usage: object,
): object {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason,
    stop_sequence: null,
    usage,
  };
}

function wireUsage(reply: FakeReply): { readonly output_tokens: number; readonly [field: string]: unknown } {
  const { input, output, cached = 0, thought } = usageOf(reply);
  return {
    input_tokens: input - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: output,
    ...(thought !== undefined && { output_tokens_details: { thinking_tokens: thought } }),
    service_tier: 'standard',
  };
}
