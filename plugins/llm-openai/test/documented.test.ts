import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  failsWith,
  startCassette,
  testProviderConfig,
  type Cassette,
} from '@agent-factory/model-kit/testing';
import type { HttpProvider } from '@agent-factory/model-kit';
import type { ModelChunk, ModelRequest, ModelResponse, ModelTool } from '@agent-factory/sdk/contracts';
import { createOpenaiProvider } from '../src/openai-language-model.ts';

const signal = new AbortController().signal;
const weather: ModelTool = {
  name: 'get_current_weather',
  description: 'Get the current weather in a given location',
  input: {
    type: 'object',
    properties: {
      location: { type: 'string', description: 'The city and state, e.g. San Francisco, CA' },
      unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
    },
    required: ['location'],
  },
};
const question = (model: string, content: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model,
  messages: [{ role: 'user', content }],
  ...more,
});

for (const api of ['chat', 'responses'] as const) {
  describe(`llm-openai reads what OpenAI documents of ${api}`, () => {
    let cassette: Cassette;
    let provider: HttpProvider;
    before(async () => {
      cassette = await startCassette({ file: join(import.meta.dirname, `fixtures/${api}.json`) });
      provider = createOpenaiProvider({
        ...testProviderConfig,
        provider: 'openai',
        api,
        baseUrl: `${cassette.origin}/v1`,
        retry: { times: 0, delayMs: 1, maxWaitMs: 1 },
        circuit: { failures: 0, resetMs: 1 },
      });
    });
    after(async () => {
      provider.close();
      await cassette.close(); // fails if a request differs from the file, or one of the file was not made
    });
    const ask = (request: ModelRequest): Promise<ModelResponse> =>
      provider.model.generate(request, { signal });
    const read = async (
      request: ModelRequest,
    ): Promise<{ chunks: ModelChunk[]; response: ModelResponse }> => {
      const chunks: ModelChunk[] = [];
      for await (const chunk of provider.model.stream(request, { signal })) chunks.push(chunk);
      const last = chunks.at(-1);
      assert.ok(last?.type === 'finish');
      return { chunks, response: last.response };
    };

    if (api === 'chat') {
      it('a stream of text', async () => {
        const { response } = await read(question('gpt-4o-mini', 'Hello!'));
        assert.deepEqual(response, {
          message: { role: 'assistant', content: 'Hello! How can I help you?' },
          finishReason: 'stop',
          usage: { inputTokens: 19, outputTokens: 10, cachedInputTokens: 0, reasoningTokens: 0 },
          requestId: 'req_chat_1',
        });
      });

      it('a stream of a tool call', async () => {
        const text = "What's the weather like in Boston today?";
        const asked = question('gpt-4o-mini', text, { tools: [weather], toolChoice: 'auto' });
        const { response, chunks } = await read(asked);
        const toolCalls = [
          { id: 'call_abc123', name: 'get_current_weather', input: { location: 'Boston, MA' } },
        ];
        assert.deepEqual(response.message, { role: 'assistant', content: '', toolCalls });
        assert.equal(response.finishReason, 'tool_calls');
        const written = chunks.map((chunk) => (chunk.type === 'tool_call.delta' ? chunk.input : '')).join('');
        assert.equal(written, '{"location":"Boston, MA"}');
      });

      it('a whole tool call', async () => {
        const text = "What's the weather like in Boston today?";
        const { message, model, usage } = await ask(question('gpt-4.1', text, { tools: [weather] }));
        assert.deepEqual(message.toolCalls?.[0]?.input, { location: 'Boston, MA' });
        assert.equal(model, 'gpt-4.1-2025-04-14');
        assert.deepEqual(usage, { inputTokens: 82, outputTokens: 17, reasoningTokens: 0 });
      });

      for (const [content, code, details] of [
        ['wrong key', 'AF_MODEL_AUTH', {}],
        ['too often', 'AF_MODEL_RATE_LIMITED', { retryAfterMs: 20_000 }],
        ['no credit', 'AF_MODEL_QUOTA', {}],
        ['too long', 'AF_MODEL_CONTEXT_OVERFLOW', {}],
        ['unknown model', 'AF_MODEL_NOT_FOUND', {}],
        ['overloaded', 'AF_MODEL_OVERLOADED', {}],
      ] as const) {
        it(`${content}: ${code}`, async () => {
          const model = content === 'unknown model' ? 'gpt-none' : 'gpt-4o-mini';
          const error = await failsWith(ask(question(model, content)), code);
          for (const [name, value] of Object.entries(details)) assert.equal(error.details[name], value);
        });
      }
    } else {
      it('a stream of text', async () => {
        const { response } = await read(question('gpt-4.1', 'Hello!'));
        assert.deepEqual(response, {
          message: { role: 'assistant', content: 'Hi there! How can I assist you today?' },
          finishReason: 'stop',
          usage: { inputTokens: 37, outputTokens: 11, reasoningTokens: 0 },
          model: 'gpt-4.1-2025-04-14',
        });
      });

      it('a stream of a tool call', async () => {
        const text = 'What is the weather like in Boston today?';
        const asked = question('gpt-4.1', text, { tools: [weather], toolChoice: 'auto' });
        const { response, chunks } = await read(asked);
        assert.deepEqual(response.message.toolCalls, [
          {
            id: 'call_unLAR8MvFNptuiZK6K6HCy5k',
            name: 'get_current_weather',
            input: { location: 'Boston, MA', unit: 'celsius' },
          },
        ]);
        const written = chunks.map((chunk) => (chunk.type === 'tool_call.delta' ? chunk.input : '')).join('');
        assert.equal(written, '{"location":"Boston, MA","unit":"celsius"}');
      });

      it('a thought, sealed, to be carried to the next turn', async () => {
        const text = 'How much wood would a woodchuck chuck?';
        const { message, usage } = await ask(question('gpt-5-mini', text, { reasoningEffort: 'high' }));
        assert.match(message.content, /^A woodchuck/);
        assert.equal(message.carry?.provider, 'openai');
        assert.equal(Object((message.carry.data as object[])[0]).encrypted_content, 'gAAAAABoiPFR');
        assert.deepEqual(usage, {
          inputTokens: 81,
          outputTokens: 1035,
          cachedInputTokens: 64,
          reasoningTokens: 832,
        });
      });

      it('answers that fail, stop short, or meet a limit midway', async () => {
        await failsWith(read(question('gpt-4.1', 'fail')), 'AF_MODEL_OVERLOADED', /failed to generate/);
        const { response } = await read(question('gpt-4.1', 'stop short', { maxOutputTokens: 16 }));
        assert.equal(response.finishReason, 'length');
        await failsWith(read(question('gpt-4.1', 'limit')), 'AF_MODEL_RATE_LIMITED');
        await failsWith(ask(question('gpt-4.1', 'bad')), 'AF_MODEL_REQUEST_INVALID', /Invalid schema/);
      });
    }
  });
}
