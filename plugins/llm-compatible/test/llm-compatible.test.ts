import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  completion,
  delta,
  fakeModels,
  httpProviderSuite,
  providerConfigProblems,
  startModelServer,
  testProviderConfig,
  weatherSetup,
  withProvider,
} from '@agent-factory/model-kit/testing';
import { Secret } from '@agent-factory/sdk';
import { Embedder, LanguageModel } from '@agent-factory/sdk/contracts';
import { bootTestKernel, languageModelSuite } from '@agent-factory/sdk/testing';
import { createCompatibleProvider } from '../src/compatible-language-model.ts';
import type { CompatibleServerConfig } from '../src/config.ts';
import { serverPresets } from '../src/server-presets.ts';

const folder = join(import.meta.dirname, '..');
const never = new AbortController().signal;
const open = (name: string, config: Partial<CompatibleServerConfig> = {}) =>
  createCompatibleProvider(name, { ...testProviderConfig, ...config });

describe('llm-compatible', () => {
  describe('is a language model', () => {
    const suite = languageModelSuite(() => weatherSetup(({ baseUrl }) => open('ollama', { baseUrl })));
    for (const { name, run } of suite) it(name, run);
  });

  describe('endures what a server may do, and', () => {
    const broken = { id: 'a', type: 'function', function: { name: 'x', arguments: '{"city":' } };
    const suite = httpProviderSuite({
      create: (_origin, config) => createCompatibleProvider('vllm', config),
      opening: (content) => [delta({ role: 'assistant', content: '' }), delta({ content })],
      failure: {
        event: JSON.stringify({ error: { message: 'Gone', code: 503 } }),
        code: 'AF_MODEL_OVERLOADED',
      },
      brokenCall: completion({ content: null, tool_calls: [broken] }, 'tool_calls'),
    });
    for (const { name, run } of suite) it(name, run);
  });

  it('knows every preset by a usable address, and says what it is', () => {
    for (const [name, preset] of Object.entries(serverPresets)) {
      const { model, close } = open(name);
      assert.equal(model.provider, name);
      assert.ok(model.description.includes(preset.title));
      assert.equal(model.available, preset.keyVariable === undefined, name);
      close();
    }
  });

  it('takes a service for available once it has a key, or stands elsewhere', async () => {
    const withKey = open('groq', { apiKey: new Secret('gsk') });
    const proxied = open('groq', { baseUrl: 'http://127.0.0.1:1/v1' });
    const without = open('groq');
    assert.deepEqual(
      [withKey, proxied, without].map(({ model }) => model.available),
      [true, true, false],
    );
    const call = without.model.generate({ model: 'm', messages: [] }, { signal: never });
    await assert.rejects(call, { code: 'AF_MODEL_NO_KEY', fix: /servers\/groq.*GROQ_API_KEY/ });
    for (const { close } of [withKey, proxied, without]) close();
  });

  const schema = { type: 'object', properties: { a: { type: 'string' } } } as const;
  for (const [structuredOutput, format, told] of [
    ['json_schema', { type: 'json_schema', json_schema: { name: 'answer', schema, strict: false } }, false],
    ['json_object', { type: 'json_object' }, true],
    ['prompt', undefined, true],
  ] as const) {
    it(`asks for JSON by ${structuredOutput}`, () =>
      withProvider(
        (_origin, config) => createCompatibleProvider('x', { ...config, quirks: { structuredOutput } }),
        fakeModels(() => ({ text: '{"a":"b"}' })),
        async ({ ask, server }) => {
          assert.equal((await ask({ responseSchema: schema })).message.content, '{"a":"b"}');
          const { response_format, messages } = server.seen[0]?.body ?? {};
          assert.deepEqual(response_format, format);
          assert.equal(JSON.stringify(messages).includes('JSON Schema'), told);
        },
      ));
  }

  it('asks a stream for its usage only where it may', () =>
    withProvider(
      (_origin, config) => createCompatibleProvider('mistral', config),
      undefined,
      async ({ stream, server }) => {
        await stream();
        assert.equal(server.seen[0]?.body['stream_options'], undefined);
      },
    ));

  it('refuses a server without address, and a preset that is not known', () => {
    assert.throws(() => open('mine'), { code: 'AF_MODEL_CONFIG', message: /servers\/mine\/baseUrl/ });
    assert.throws(() => open('mine', { preset: 'olama' }), {
      code: 'AF_MODEL_CONFIG',
      message: /"olama" is not known; there are ollama/,
    });
  });

  it('is configured like every provider behind a server', () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const { properties } = manifest.agentFactory.config.properties.servers.additionalProperties;
    assert.deepEqual(providerConfigProblems(properties), []);
  });

  it('serves several servers through the kernel, their models and embeddings', async () => {
    const server = await startModelServer(fakeModels());
    const { baseUrl } = server;
    const servers = {
      ollama: { baseUrl },
      mine: { baseUrl, apiKey: '${secret:env:KEY}', capabilities: { tools: false }, embeddingModels: ['e'] },
    };
    try {
      const kernel = await bootTestKernel({
        plugins: [{ use: folder, config: { servers } }],
        env: { KEY: 'k-1' },
      });
      const models = kernel.all(LanguageModel).map(({ value }) => value);
      assert.deepEqual(
        models.map(({ provider }) => provider),
        ['ollama', 'mine'],
      );
      assert.deepEqual(await models[1]?.capabilities?.('any'), { streaming: true, tools: false });
      const request = { model: 'llama3.2', messages: [{ role: 'user' as const, content: 'Hello' }] };
      for (const model of models) await model.generate(request, { signal: never });
      assert.deepEqual(
        server.seen.map(({ headers }) => headers.authorization),
        [undefined, 'Bearer k-1'],
      );
      const embedders = kernel.all(Embedder).map(({ value }) => value);
      assert.equal((await embedders[0]?.models())?.[0]?.name, 'nomic-embed-text');
      const { vectors } = await embedders[1]!.embed({ model: 'e', texts: ['a'] }, { signal: never });
      assert.equal(vectors.length, 1);
      await kernel.close();
    } finally {
      await server.close();
    }
  });
});
