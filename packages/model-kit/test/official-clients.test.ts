import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { fakeModels, startModelServer, type FakeReply } from '@agent-factory/model-kit/testing';
import OpenAI from 'openai';

const schema = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
};

/** Runs a test with the official clients, against a server of fakes. */
function withClients(
  test: (clients: { openai: OpenAI; anthropic: Anthropic }) => Promise<void>,
  reply?: FakeReply,
): () => Promise<void> {
  return async () => {
    const server = await startModelServer(reply ? fakeModels(() => reply) : fakeModels());
    const common = { apiKey: 'not-a-key', maxRetries: 0 };
    try {
      await test({
        openai: new OpenAI({ ...common, baseURL: server.baseUrl }),
        anthropic: new Anthropic({ ...common, baseURL: server.origin }),
      });
    } finally {
      await server.close();
    }
  };
}

const messages = [{ role: 'user' as const, content: 'How is the weather in Oslo?' }];

describe('the official client of OpenAI accepts the fakes', () => {
  it(
    'streaming a completion',
    withClients(async ({ openai }) => {
      const stream = openai.chat.completions.stream({
        model: 'gpt-5-mini',
        messages,
        stream_options: { include_usage: true },
      });
      let text = '';
      stream.on('content', (piece) => (text += piece));
      const completion = await stream.finalChatCompletion();
      assert.match(text, /7 degrees/);
      assert.equal(completion.choices[0]?.message.content, text);
      assert.equal((await stream.totalUsage()).total_tokens, 75);
    }),
  );

  for (const stream of [false, true]) {
    it(
      `running tools, ${stream ? 'streamed' : 'whole'}`,
      withClients(async ({ openai }) => {
        const asked: unknown[] = [];
        const tool = {
          type: 'function' as const,
          function: {
            name: 'get_weather',
            description: 'The weather in a city.',
            parameters: schema,
            parse: JSON.parse,
            function: (input: unknown) => {
              asked.push(input);
              return '7 degrees';
            },
          },
        };
        const params = { model: 'gpt-5-mini', messages, tools: [tool] };
        const runner = stream
          ? openai.chat.completions.runTools({ ...params, stream: true })
          : openai.chat.completions.runTools(params);
        assert.match((await runner.finalContent()) ?? '', /take a coat/);
        assert.deepEqual(asked, [{ city: 'Oslo' }]);
      }),
    );
  }

  it(
    'streaming a response with a tool call and a thought',
    withClients(
      async ({ openai }) => {
        const stream = openai.responses.stream({
          model: 'gpt-5-mini',
          input: 'How is the weather in Oslo?',
          tools: [{ type: 'function', name: 'get_weather', parameters: schema, strict: false }],
        });
        const deltas: string[] = [];
        stream.on('response.output_text.delta', ({ delta }) => deltas.push(delta));
        stream.on('response.function_call_arguments.delta', ({ delta }) => deltas.push(delta));
        const response = await stream.finalResponse();
        assert.equal(response.output_text, 'Let me see.');
        const call = response.output.find((item) => item.type === 'function_call');
        assert.deepEqual(JSON.parse(call?.arguments ?? ''), { city: 'Oslo' });
        assert.equal(deltas.join('|'), 'Let| me| see.|{"city":|"Oslo"}');
      },
      {
        thought: 'They want the weather.',
        text: 'Let me see.',
        toolCalls: [{ name: 'get_weather', arguments: '{"city":"Oslo"}' }],
      },
    ),
  );

  it(
    'parsing JSON of a schema, from both APIs',
    withClients(
      async ({ openai }) => {
        const format = { name: 'answer', schema: { ...schema, additionalProperties: false }, strict: true };
        const completion = await openai.chat.completions.parse({
          model: 'gpt-5-mini',
          messages,
          response_format: { type: 'json_schema', json_schema: format },
        });
        assert.deepEqual(JSON.parse(completion.choices[0]?.message.content ?? ''), { city: 'Oslo' });
        const response = await openai.responses.parse({
          model: 'gpt-5-mini',
          input: 'Where?',
          text: { format: { type: 'json_schema', ...format } },
        });
        assert.deepEqual(JSON.parse(response.output_text), { city: 'Oslo' });
      },
      { text: '{"city":"Oslo"}' },
    ),
  );

  it(
    'embedding, as it asks by itself and as floats',
    withClients(async ({ openai }) => {
      const params = { model: 'text-embedding-3-small', input: ['one', 'two'] };
      const packed = await openai.embeddings.create(params);
      const plain = await openai.embeddings.create({ ...params, encoding_format: 'float' });
      assert.equal(packed.data.length, 2);
      assert.equal(packed.data[0]?.embedding.length, 16);
      assert.equal(
        packed.data[0]?.embedding[3],
        plain.data[0]?.embedding[3] && Math.fround(plain.data[0].embedding[3]),
      );
    }),
  );

  it(
    'telling an unknown address',
    withClients(async ({ openai }) => {
      await assert.rejects(openai.models.retrieve('x'), { status: 404 });
    }),
  );
});

describe('the official client of Anthropic accepts the fakes', () => {
  const params = { model: 'claude-haiku-4-5', max_tokens: 100, messages };

  it(
    'streaming a message',
    withClients(async ({ anthropic }) => {
      const stream = anthropic.messages.stream(params);
      let text = '';
      stream.on('text', (piece) => (text += piece));
      const message = await stream.finalMessage();
      assert.match(text, /7 degrees/);
      assert.equal(message.stop_reason, 'end_turn');
      assert.equal(message.usage.output_tokens, 14);
    }),
  );

  it(
    'streaming a thought and the input of a tool',
    withClients(
      async ({ anthropic }) => {
        const stream = anthropic.messages.stream({
          ...params,
          tools: [{ name: 'get_weather', input_schema: schema }],
        });
        const inputs: string[] = [];
        stream.on('inputJson', (piece) => inputs.push(piece));
        const message = await stream.finalMessage();
        const [thought, use] = message.content;
        assert.deepEqual(thought, { type: 'thinking', thinking: 'They want it.', signature: 'sig-1' });
        assert.ok(use?.type === 'tool_use');
        assert.deepEqual(use.input, { city: 'Oslo' });
        assert.equal(inputs.join(''), '{"city":"Oslo"}');
        assert.equal(message.stop_reason, 'tool_use');
      },
      { thought: 'They want it.', toolCalls: [{ name: 'get_weather', arguments: '{"city":"Oslo"}' }] },
    ),
  );

  it(
    'whole, with what came from the cache',
    withClients(
      async ({ anthropic }) => {
        const message = await anthropic.messages.create(params);
        assert.deepEqual([message.usage.input_tokens, message.usage.cache_read_input_tokens], [40, 60]);
      },
      { text: 'Hi.', usage: { input: 100, output: 2, cached: 60 } },
    ),
  );
});
