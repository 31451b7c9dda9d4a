import assert from 'node:assert/strict';
import { fakeModels, sendEvents, sendJson } from '@agent-factory/model-kit/testing';
import type { Message } from '@agent-factory/sdk/domain';
import type { ServerResponse } from 'node:http';
import { withAnthropic } from './open-anthropic.ts';

const event = (type: string, data: object = {}): [string, string] => [
  type,
  JSON.stringify({ type, ...data }),
];
const answering =
  (message: object) =>
  (_request: unknown, response: ServerResponse): void =>
    sendJson(response, 200, { type: 'message', role: 'assistant', model: 'fake', ...message });
const strict = {
  type: 'object',
  properties: { a: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
} as const;
const loose = { type: 'object', properties: { a: { type: 'string', minLength: 1 } } } as const;
const look = { name: 'look', description: 'Looks.', input: { type: 'object' } } as const;

describe('the Messages API', () => {
  it(
    'is written every kind of message, turn by turn',
    withAnthropic(undefined, async ({ ask, server }) => {
      const messages: Message[] = [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What are these?' },
            { type: 'image', mediaType: 'image/png', url: 'data:image/png;base64,AAAA' },
            { type: 'image', mediaType: 'image/jpeg', url: 'https://example.com/cat.jpg' },
          ],
        },
        {
          role: 'assistant',
          content: '',
          toolCalls: [
            { id: 't1', name: 'look', input: { at: 'it' } },
            { id: 't2', name: 'look', input: {}, malformed: '{"at' },
          ],
          carry: { provider: 'anthropic', data: [{ type: 'thinking', thinking: 'Hm.', signature: 's' }] },
        },
        { role: 'tool', toolCallId: 't1', name: 'look', content: 'A cat.' },
        { role: 'tool', toolCallId: 't2', name: 'look', content: 'Not JSON.', isError: true },
        { role: 'user', content: 'Well?' },
        { role: 'system', content: 'Really brief.' },
      ];
      await ask({
        messages,
        tools: [look],
        toolChoice: { tool: 'look' },
        temperature: 0.5,
        maxOutputTokens: 20,
        stop: ['END'],
      });
      assert.deepEqual(server.seen[0]?.body, {
        model: 'fake',
        max_tokens: 20,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What are these?' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
              { type: 'image', source: { type: 'url', url: 'https://example.com/cat.jpg' } },
            ],
          },
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'Hm.', signature: 's' },
              { type: 'tool_use', id: 't1', name: 'look', input: { at: 'it' } },
              { type: 'tool_use', id: 't2', name: 'look', input: {} },
            ],
          },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 't1', content: 'A cat.' },
              { type: 'tool_result', tool_use_id: 't2', content: 'Not JSON.', is_error: true },
              { type: 'text', text: 'Well?' },
            ],
          },
        ],
        system: 'Be brief.\n\nReally brief.',
        tools: [{ name: 'look', description: 'Looks.', input_schema: { type: 'object' } }],
        tool_choice: { type: 'tool', name: 'look' },
        stop_sequences: ['END'],
        temperature: 0.5,
      });
    }),
  );

  it(
    'is asked to keep the conversation in its cache, if that is wanted',
    withAnthropic(
      undefined,
      async ({ ask, server }) => {
        await ask();
        assert.deepEqual(server.seen[0]?.body['cache_control'], { type: 'ephemeral' });
      },
      { promptCache: true },
    ),
  );

  it(
    'is asked to think as its models want to be asked',
    withAnthropic(undefined, async ({ ask, server }) => {
      await ask({ model: 'claude-opus-4-8', reasoningEffort: 'minimal' });
      await ask({ model: 'claude-haiku-4-5', reasoningEffort: 'low' });
      await ask({ model: 'claude-haiku-4-5', reasoningEffort: 'high', maxOutputTokens: 500 });
      await ask({ model: 'claude-3-haiku-20240307', reasoningEffort: 'high' });
      const asked = server.seen.map(({ body }) => [
        body['thinking'],
        body['output_config'],
        body['max_tokens'],
      ]);
      assert.deepEqual(asked, [
        [{ type: 'adaptive' }, { effort: 'low' }, 8192],
        [{ type: 'enabled', budget_tokens: 2048 }, undefined, 8192 + 2048],
        [undefined, undefined, 500],
        [undefined, undefined, 8192],
      ]);
    }),
  );

  it(
    'is given a schema natively, or as a tool where model or schema do not allow it',
    withAnthropic(
      fakeModels(() => ({ text: '{}' })),
      async ({ ask, server }) => {
        await ask({ model: 'claude-haiku-4-5', responseSchema: strict });
        await ask({ model: 'claude-haiku-4-5', responseSchema: loose });
        await ask({ model: 'claude-haiku-4-5', responseSchema: loose, tools: [look] });
        await ask({ model: 'claude-opus-4-8', responseSchema: loose, reasoningEffort: 'high' });
        const asked = server.seen.map(({ body }) => [body['output_config'], body['tool_choice']]);
        assert.deepEqual(asked, [
          [{ format: { type: 'json_schema', schema: strict } }, undefined],
          [undefined, { type: 'tool', name: 'answer' }],
          [undefined, { type: 'any' }],
          [{ effort: 'high' }, { type: 'auto' }],
        ]);
      },
    ),
  );

  it(
    'answers by the tool for the answer only when it calls no other',
    withAnthropic(
      fakeModels(() => ({
        text: 'Let me see.',
        toolCalls: [
          { name: 'look', arguments: '{}' },
          { name: 'answer', arguments: '{"a":"guess"}' },
        ],
      })),
      async ({ ask, stream }) => {
        const request = { model: 'claude-haiku-4-5', responseSchema: loose, tools: [look] };
        const streamed = await stream(request);
        for (const response of [await ask(request), streamed.response]) {
          assert.equal(response?.message.content, 'Let me see.');
          assert.deepEqual(
            response.message.toolCalls?.map(({ name }) => name),
            ['look'],
          );
        }
        assert.equal(streamed.texts.join(''), 'Let me see.');
      },
    ),
  );

  it(
    'counts what came from the cache and went into it as input',
    withAnthropic(
      answering({
        content: [{ type: 'text', text: 'Hi.' }],
        stop_reason: 'end_turn',
        usage: {
          input_tokens: 10,
          cache_read_input_tokens: 300,
          cache_creation_input_tokens: 20,
          output_tokens: 9,
          output_tokens_details: { thinking_tokens: 4 },
        },
      }),
      async ({ ask }) => {
        assert.deepEqual((await ask()).usage, {
          inputTokens: 330,
          outputTokens: 9,
          cachedInputTokens: 300,
          cacheWriteTokens: 20,
          reasoningTokens: 4,
        });
      },
    ),
  );

  for (const [said, meant] of [
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
  ] as const) {
    it(
      `ends by ${said}, which is ${meant}`,
      withAnthropic(answering({ content: [], stop_reason: said }), async ({ ask }) => {
        assert.equal((await ask()).finishReason, meant);
      }),
    );
  }

  it(
    'streams thoughts, text and calls; what it does not know is passed over',
    withAnthropic(
      (_request, response) =>
        sendEvents(response, [
          event('message_start', {
            message: { model: 'claude-x-1', content: [], usage: { input_tokens: 5, output_tokens: 1 } },
          }),
          event('content_block_start', {
            index: 0,
            content_block: { type: 'thinking', thinking: '', signature: '' },
          }),
          event('ping'),
          event('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } }),
          event('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature: 'sig' } }),
          event('content_block_stop', { index: 0 }),
          event('content_block_start', { index: 1, content_block: { type: 'text', text: 'So' } }),
          event('content_block_delta', { index: 1, delta: { type: 'text_delta', text: ' be it.' } }),
          event('content_block_delta', { index: 1, delta: { type: 'citations_delta', citation: {} } }),
          event('content_block_start', {
            index: 2,
            content_block: { type: 'tool_use', id: 'a', name: 'x', input: {} },
          }),
          event('content_block_delta', {
            index: 2,
            delta: { type: 'input_json_delta', partial_json: '{"n":' },
          }),
          event('content_block_start', {
            index: 3,
            content_block: { type: 'tool_use', id: 'b', name: 'y', input: { m: 2 } },
          }),
          event('something_new', { index: 9 }),
          event('message_delta', {
            delta: { stop_reason: 'tool_use' },
            usage: { output_tokens: 12, input_tokens: null },
          }),
          event('message_stop'),
        ]),
      async ({ stream }) => {
        const { response, chunks, error } = await stream();
        assert.equal(error, undefined);
        assert.deepEqual(response, {
          message: {
            role: 'assistant',
            content: 'So be it.',
            toolCalls: [
              { id: 'a', name: 'x', input: {}, malformed: '{"n":' },
              { id: 'b', name: 'y', input: { m: 2 } },
            ],
            carry: { provider: 'anthropic', data: [{ type: 'thinking', thinking: 'Hm.', signature: 'sig' }] },
          },
          finishReason: 'tool_calls',
          usage: { inputTokens: 5, outputTokens: 12 },
          model: 'claude-x-1',
        });
        assert.ok(chunks.some(({ type }) => type === 'reasoning'));
        const pieces = chunks.filter((chunk) => chunk.type === 'tool_call.delta');
        assert.deepEqual(
          pieces.map(({ index, id }) => [index, id]).filter(([index]) => index === 1),
          [[1, 'b']],
        );
      },
    ),
  );
});
