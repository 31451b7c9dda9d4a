import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  fakeModels,
  httpProviderSuite,
  providerConfigProblems,
  startModelServer,
  testProviderConfig,
  weatherSetup,
} from '@agent-factory/model-kit/testing';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import { bootTestKernel, languageModelSuite } from '@agent-factory/sdk/testing';
import { createAnthropicProvider } from '../src/anthropic-language-model.ts';
import { anthropicConfig } from './open-anthropic.ts';

const folder = join(import.meta.dirname, '..');

describe('llm-anthropic', () => {
  describe('is a language model, with answers as JSON', () => {
    for (const [how, model] of [
      ['natively', 'claude-haiku-4-5'],
      ['by a tool', 'claude-3-5-haiku-latest'],
    ] as const) {
      describe(how, () => {
        const suite = languageModelSuite(() =>
          weatherSetup(({ origin }) => createAnthropicProvider(anthropicConfig(origin)), model),
        );
        for (const { name, run } of suite) it(name, run);
      });
    }
  });

  describe('endures what a server of Messages may do, and', () => {
    const event = (type: string, data: object): [string, string] => [type, JSON.stringify({ type, ...data })];
    const suite = httpProviderSuite({
      create: (origin, config) =>
        createAnthropicProvider({ ...anthropicConfig(origin), ...config, baseUrl: origin }),
      opening: (text) => [
        event('message_start', { message: { content: [], usage: { input_tokens: 1, output_tokens: 1 } } }),
        event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
        event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
      ],
      failure: {
        event: event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }),
        code: 'AF_MODEL_OVERLOADED',
      },
    });
    for (const { name, run } of suite) it(name, run);
  });

  it('needs a key at Anthropic, and says which', async () => {
    const { model, close } = createAnthropicProvider({
      ...testProviderConfig,
      ...anthropicConfig('https://api.anthropic.com'),
    });
    assert.equal(model.available, false);
    const call = model.generate({ model: 'm', messages: [] }, { signal: new AbortController().signal });
    await assert.rejects(call, { code: 'AF_MODEL_NO_KEY', fix: /ANTHROPIC_API_KEY/ });
    close();
  });

  it('knows what its models can do', async () => {
    const { model, close } = createAnthropicProvider(anthropicConfig('http://127.0.0.1:1'));
    assert.deepEqual(await model.capabilities?.('claude-sonnet-5'), {
      streaming: true,
      tools: true,
      images: true,
      structuredOutput: 'native',
      reasoning: true,
      contextTokens: 200_000,
    });
    assert.equal((await model.capabilities?.('claude-3-haiku-20240307'))?.structuredOutput, 'prompted');
    assert.equal((await model.capabilities?.('claude-sonnet-4-20250514'))?.structuredOutput, 'prompted');
    assert.equal((await model.capabilities?.('claude-opus-4-8'))?.structuredOutput, 'native');
    close();
  });

  it('is configured like every provider behind a server', () => {
    const manifest: { agentFactory: { config: { properties: Record<string, unknown> } } } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    assert.deepEqual(providerConfigProblems(manifest.agentFactory.config.properties), []);
  });

  it('serves through the kernel, with its key and version', async () => {
    const server = await startModelServer(fakeModels());
    try {
      const kernel = await bootTestKernel({
        plugins: [{ use: folder, config: { baseUrl: server.origin, apiKey: '${secret:env:KEY}' } }],
        env: { KEY: 'sk-ant-secret' },
      });
      const model = kernel.all(LanguageModel)[0]?.value;
      assert.equal(model?.provider, 'anthropic');
      const request = { model: 'claude-haiku-4-5', messages: [{ role: 'user' as const, content: 'Hello' }] };
      const response = await model.generate(request, { signal: new AbortController().signal });
      assert.match(response.message.content, /7 degrees/);
      assert.equal(response.requestId, 'req_1');
      const [seen] = server.seen;
      assert.equal(seen?.url, '/v1/messages');
      assert.equal(seen.headers['x-api-key'], 'sk-ant-secret');
      assert.equal(seen.headers['anthropic-version'], '2023-06-01');
      assert.equal(seen.headers.authorization, undefined);
      await kernel.close();
    } finally {
      await server.close();
    }
  });
});
