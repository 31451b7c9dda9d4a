import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { HttpProvider } from '@agent-factory/model-kit';
import { failsWith, startCassette, type Cassette } from '@agent-factory/model-kit/testing';
import type { ModelRequest, ModelResponse, ModelTool } from '@agent-factory/sdk/contracts';
import { createAnthropicProvider } from '../src/anthropic-language-model.ts';
import { anthropicConfig } from './open-anthropic.ts';

const signal = new AbortController().signal;
const weather: ModelTool = {
  name: 'get_weather',
  description: 'Get the current weather in a given location',
  input: {
    type: 'object',
    properties: { location: { type: 'string', description: 'The city and state, e.g. San Francisco, CA' } },
    required: ['location'],
  },
};
const question = (content: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: 'claude-opus-4-5',
  maxOutputTokens: 1024,
  messages: [{ role: 'user', content }],
  ...more,
});

describe('llm-anthropic reads what Anthropic documents', () => {
  let cassette: Cassette;
  let provider: HttpProvider;
  before(async () => {
    cassette = await startCassette({ file: join(import.meta.dirname, 'fixtures/messages.json') });
    provider = createAnthropicProvider({
      ...anthropicConfig(cassette.origin),
      retry: { times: 0, delayMs: 1, maxWaitMs: 1 },
      circuit: { failures: 0, resetMs: 1 },
    });
  });
  after(async () => {
    provider.close();
    await cassette.close(); // fails if a request differs from the file, or one of the file was not made
  });
  const ask = (request: ModelRequest): Promise<ModelResponse> => provider.model.generate(request, { signal });
  const read = async (request: ModelRequest): Promise<ModelResponse> => {
    for await (const chunk of provider.model.stream(request, { signal })) {
      if (chunk.type === 'finish') return chunk.response;
    }
    return assert.fail('no finish');
  };

  it('a stream of text', async () => {
    assert.deepEqual(await read(question('Hello')), {
      message: { role: 'assistant', content: 'Hello!' },
      finishReason: 'stop',
      usage: { inputTokens: 25, outputTokens: 15 },
      requestId: 'req_018EeWyXxfu5pfWkrYcMdjWG',
    });
  });

  it('a stream of text and a tool call', async () => {
    const text = 'What is the weather like in San Francisco?';
    const response = await read(question(text, { tools: [weather], toolChoice: 'required' }));
    assert.deepEqual(response, {
      message: {
        role: 'assistant',
        content: "Okay, let's check the weather for San Francisco, CA:",
        toolCalls: [
          {
            id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6',
            name: 'get_weather',
            input: { location: 'San Francisco, CA' },
          },
        ],
      },
      finishReason: 'tool_calls',
      usage: { inputTokens: 472, outputTokens: 89 },
    });
  });

  it('a stream of a thought, signed, and an answer read partly from the cache', async () => {
    const { message, usage } = await read(
      question('What is the greatest common divisor of 1071 and 462?', {
        model: 'claude-sonnet-4-5',
        maxOutputTokens: 20_000,
        reasoningEffort: 'high',
      }),
    );
    assert.match(message.content, /is \*\*21\*\*/);
    const [thought] = (message.carry?.data ?? []) as { thinking: string; signature: string }[];
    assert.match(thought?.thinking ?? '', /Euclidean algorithm[\s\S]*= 21$/);
    assert.match(thought?.signature ?? '', /^EqQBCgIYAhIM/);
    assert.deepEqual(usage, { inputTokens: 2078, outputTokens: 120, cachedInputTokens: 2048 });
  });

  it('a whole answer', async () => {
    const { message, model } = await ask(question('Hello, world'));
    assert.equal(message.content, 'Hello!');
    assert.equal(model, 'claude-opus-4-5-20251101');
  });

  it('an overload in the middle of a stream', async () => {
    await failsWith(read(question('overloaded midway')), 'AF_MODEL_OVERLOADED', /Overloaded/);
  });

  for (const [content, code, retryAfterMs] of [
    ['no key', 'AF_MODEL_AUTH'],
    ['no right', 'AF_MODEL_AUTH'],
    ['not there', 'AF_MODEL_NOT_FOUND'],
    ['too big', 'AF_MODEL_CONTEXT_OVERFLOW'],
    ['too long', 'AF_MODEL_CONTEXT_OVERFLOW'],
    ['no credit', 'AF_MODEL_QUOTA'],
    ['too often', 'AF_MODEL_RATE_LIMITED', 12_000],
    ['inside', 'AF_MODEL_OVERLOADED'],
    ['overloaded', 'AF_MODEL_OVERLOADED'],
  ] as const) {
    it(`${content}: ${code}`, async () => {
      const { details } = await failsWith(ask(question(content)), code);
      assert.equal(details['retryAfterMs'], retryAfterMs);
    });
  }
});
