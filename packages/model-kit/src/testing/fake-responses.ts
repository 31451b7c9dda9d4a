import { inHalves, inPieces, usageOf, type FakeReply } from './fake-reply.ts';

type NamedEvent = readonly [string, string];

/** A reply as the Responses API writes it. */
export function wholeResponse(reply: FakeReply, model: string): object {
  return envelope(reply, model, 'done', outputOf(reply));
}

/** A reply as the Responses API streams it. */
export function responseEvents(reply: FakeReply, model: string): readonly NamedEvent[] {
  let sequence_number = 0;
  const event = (type: string, data: object): NamedEvent => [
    type,
    JSON.stringify({ type, sequence_number: sequence_number++, ...data }),
  ];
  const begun = { response: envelope(reply, model, 'in_progress', []) };
  const items = outputOf(reply).flatMap((item, output_index) =>
    itemEvents(item, output_index).map(([type, data]) => event(type, data)),
  );
  return [
    event('response.created', begun),
    event('response.in_progress', begun),
    ...items,
    event(reply.cut ? 'response.incomplete' : 'response.completed', {
      response: wholeResponse(reply, model),
    }),
  ];
}

interface Item {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

function itemEvents(item: Item, output_index: number): [string, object][] {
  const place = { item_id: item.id, output_index };
  const added = (part: object): [string, object] => [
    'response.output_item.added',
    { output_index, item: { ...item, ...part } },
  ];
  const done: [string, object] = ['response.output_item.done', { output_index, item }];
  if (item.type === 'function_call') {
    const text = String(item['arguments']);
    return [
      added({ arguments: '', status: 'in_progress' }),
      ...inHalves(text).map((delta): [string, object] => [
        'response.function_call_arguments.delta',
        { ...place, delta },
      ]),
      ['response.function_call_arguments.done', { ...place, name: item['name'], arguments: text }],
      done,
    ];
  }
  if (item.type === 'reasoning') return [added({}), done];
  const [part] = item['content'] as [{ type: string; text?: string; refusal?: string }]; // made below
  const kind = part.type === 'refusal' ? 'refusal' : 'output_text';
  const field = part.type === 'refusal' ? 'refusal' : 'text';
  const text = part.text ?? part.refusal ?? '';
  const at = { ...place, content_index: 0 };
  return [
    added({ content: [], status: 'in_progress' }),
    ['response.content_part.added', { ...at, part: { ...part, [field]: '' } }],
    ...inPieces(text).map((delta): [string, object] => [
      `response.${kind}.delta`,
      { ...at, delta, logprobs: [] },
    ]),
    [`response.${kind}.done`, { ...at, [field]: text, logprobs: [] }],
    ['response.content_part.done', { ...at, part }],
    done,
  ];
}

function outputOf(reply: FakeReply): Item[] {
  const status = reply.cut ? 'incomplete' : 'completed';
  const thought: Item[] =
    reply.thought === undefined
      ? []
      : [{ id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: `sealed:${reply.thought}` }];
  const calls = (reply.toolCalls ?? []).map((call, n): Item => {
    const call_id = call.id ?? `call_${n + 1}`;
    return {
      id: `fc_${n + 1}`,
      type: 'function_call',
      call_id,
      name: call.name,
      arguments: call.arguments,
      status,
    };
  });
  if (reply.text === undefined) return [...thought, ...calls];
  const part = reply.refused
    ? { type: 'refusal', refusal: reply.text }
    : { type: 'output_text', text: reply.text, annotations: [], logprobs: [] };
  return [...thought, { id: 'msg_1', type: 'message', role: 'assistant', status, content: [part] }, ...calls];
}

function envelope(reply: FakeReply, model: string, state: 'in_progress' | 'done', output: Item[]): object {
  const { input, output: written, cached = 0, thought = 0 } = usageOf(reply);
  const done = state === 'done';
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_700_000_000,
    status: done ? (reply.cut ? 'incomplete' : 'completed') : 'in_progress',
    error: null,
    incomplete_details: done && reply.cut ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    model,
    output,
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: done
      ? {
          input_tokens: input,
          input_tokens_details: { cached_tokens: cached },
          output_tokens: written,
          output_tokens_details: { reasoning_tokens: thought },
          total_tokens: input + written,
        }
      : null,
  };
}
