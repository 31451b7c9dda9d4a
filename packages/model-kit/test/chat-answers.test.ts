import assert from 'node:assert/strict';
import { fakeModels } from '@agent-factory/model-kit/testing';
import { withChat } from './chat-provider.ts';

describe('Chat Completions, beyond text', () => {
  it(
    'writes what is asked of the answer',
    withChat(undefined, async ({ ask, server }) => {
      const schema = {
        title: 'weather',
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
        additionalProperties: false,
      } as const;
      await ask({
        responseSchema: schema,
        stop: ['END'],
        seed: 7,
        reasoningEffort: 'low',
        tools: [{ name: 'look', description: 'Looks.', input: { type: 'object' } }],
        toolChoice: { tool: 'look' },
      });
      const { model: _model, messages: _messages, tools: _tools, ...asked } = server.seen[0]?.body ?? {};
      assert.deepEqual(asked, {
        tool_choice: { type: 'function', function: { name: 'look' } },
        stop: ['END'],
        seed: 7,
        reasoning_effort: 'low',
        response_format: { type: 'json_schema', json_schema: { name: 'weather', schema, strict: true } },
      });
    }),
  );

  it(
    'reads what the model thinks, cached and thought tokens, and the model that answered',
    withChat(
      fakeModels(() => ({
        thought: 'Let me think.',
        text: 'Yes.',
        usage: { input: 100, output: 50, cached: 80, thought: 30 },
      })),
      async ({ ask, stream }) => {
        const usage = { inputTokens: 100, outputTokens: 50, cachedInputTokens: 80, reasoningTokens: 30 };
        assert.deepEqual((await ask()).usage, usage);
        const { chunks, response } = await stream();
        assert.deepEqual(response?.usage, usage);
        const thought = chunks.map((chunk) => (chunk.type === 'reasoning' ? chunk.text : '')).join('');
        assert.equal(thought, 'Let me think.');
      },
    ),
  );
});
