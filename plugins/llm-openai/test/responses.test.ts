import assert from 'node:assert/strict';
import { fakeModels, sendEvents, withProvider } from '@agent-factory/model-kit/testing';
import type { Behaviour, OpenProvider } from '@agent-factory/model-kit/testing';
import type { Message } from '@agent-factory/sdk/domain';
import { createOpenaiProvider } from '../src/openai-language-model.ts';

const withResponses =
  (behave: Behaviour | undefined, test: (open: OpenProvider) => Promise<void>) => (): Promise<void> =>
    withProvider(
      (_origin, config) => createOpenaiProvider({ ...config, provider: 'openai', api: 'responses' }),
      behave,
      test,
    );
const event = (type: string, data: object = {}): [string, string] => [
  type,
  JSON.stringify({ type, ...data }),
];

describe('the Responses API', () => {
  it(
    'is written every kind of message',
    withResponses(undefined, async ({ ask, server }) => {
      const messages: Message[] = [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', mediaType: 'image/png', url: 'data:,x' },
          ],
        },
        {
          role: 'assistant',
          content: 'Let me look.',
          toolCalls: [
            { id: 'c1', name: 'look', input: { at: 'it' } },
            { id: 'c2', name: 'look', input: {}, malformed: '{"at' },
          ],
          carry: { provider: 'openai', data: [{ type: 'reasoning', id: 'rs', encrypted_content: 'x' }] },
        },
        { role: 'tool', toolCallId: 'c1', name: 'look', content: 'A cat.' },
        {
          role: 'assistant',
          content: 'A cat.',
          carry: { provider: 'anthropic', data: [{ type: 'thinking' }] },
        },
      ];
      await ask({
        messages,
        tools: [{ name: 'look', description: 'Looks.', input: { type: 'object' } }],
        toolChoice: { tool: 'look' },
        temperature: 0.5,
        maxOutputTokens: 20,
      });
      assert.deepEqual(server.seen[0]?.body, {
        model: 'fake',
        input: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'What is this?' },
              { type: 'input_image', image_url: 'data:,x', detail: 'auto' },
            ],
          },
          { type: 'reasoning', id: 'rs', encrypted_content: 'x' },
          { role: 'assistant', content: 'Let me look.' },
          { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at":"it"}' },
          { type: 'function_call', call_id: 'c2', name: 'look', arguments: '{"at' },
          { type: 'function_call_output', call_id: 'c1', output: 'A cat.' },
          { role: 'assistant', content: 'A cat.' },
        ],
        store: false,
        tools: [
          {
            type: 'function',
            name: 'look',
            description: 'Looks.',
            parameters: { type: 'object' },
            strict: false,
          },
        ],
        tool_choice: { type: 'function', name: 'look' },
        temperature: 0.5,
        max_output_tokens: 20,
      });
    }),
  );

  it(
    'is asked for thoughts, sealed, only where models think',
    withResponses(undefined, async ({ ask, server }) => {
      await ask({ model: 'gpt-5-mini', reasoningEffort: 'low' });
      await ask({ model: 'gpt-4o-mini', reasoningEffort: 'low' });
      assert.deepEqual(
        server.seen.map(({ body }) => [body['reasoning'], body['include']]),
        [
          [{ effort: 'low' }, ['reasoning.encrypted_content']],
          [undefined, undefined],
        ],
      );
    }),
  );

  it(
    'cannot stop before texts, and says so before it is asked',
    withResponses(undefined, async ({ ask, server }) => {
      await assert.rejects(ask({ stop: ['END'] }), { code: 'AF_MODEL_UNSUPPORTED', fix: /api: chat/ });
      assert.equal(server.seen.length, 0);
    }),
  );

  it(
    'carries thoughts into the next turn',
    withResponses(
      fakeModels(() => ({ thought: 'Hm.', text: 'Yes.' })),
      async ({ ask, stream, server }) => {
        const { message } = await ask({ model: 'gpt-5-mini' });
        assert.deepEqual((await stream({ model: 'gpt-5-mini' })).response?.message, message);
        await ask({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'a' }, message] });
        const input = server.seen[2]?.body['input'] as object[];
        assert.deepEqual(input[1], {
          id: 'rs_1',
          type: 'reasoning',
          summary: [],
          encrypted_content: 'sealed:Hm.',
        });
      },
    ),
  );

  it(
    'reads a refusal as the text, and arguments that came only at the end',
    withResponses(
      (_request, response, n) => {
        const item = { type: 'function_call', id: 'f', call_id: 'c', name: 'look', arguments: '{"n":1}' };
        const refusal = { type: 'message', content: [{ type: 'refusal', refusal: 'I will not.' }] };
        const output = n === 1 ? [item] : [refusal];
        sendEvents(response, [
          ...(n === 1
            ? [event('response.output_item.done', { output_index: 0, item })]
            : [event('response.refusal.delta', { delta: 'I will not.' })]),
          event('response.completed', { response: { status: 'completed', output } }),
        ]);
      },
      async ({ stream }) => {
        const first = await stream();
        assert.deepEqual(first.chunks[0], {
          type: 'tool_call.delta',
          index: 0,
          id: 'c',
          name: 'look',
          input: '{"n":1}',
        });
        const second = await stream();
        assert.equal(second.response?.finishReason, 'content_filter');
        assert.deepEqual(second.texts, ['I will not.']);
      },
    ),
  );
});
