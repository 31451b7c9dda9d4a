import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  completion,
  delta,
  fakeModels,
  httpProviderSuite,
  providerConfigProblems,
  startModelServer,
  testProviderConfig,
  weatherSetup,
} from '@agent-factory/model-kit/testing';
import { Secret } from '@agent-factory/sdk';
import { Embedder, LanguageModel } from '@agent-factory/sdk/contracts';
import { bootTestKernel, embedderSuite, languageModelSuite } from '@agent-factory/sdk/testing';
import type { OpenaiConfig } from '../src/config.ts';
import { createOpenaiProvider } from '../src/openai-language-model.ts';

const folder = join(import.meta.dirname, '..');

const configFor = (baseUrl: string, api: OpenaiConfig['api'] = 'chat'): OpenaiConfig => ({
  ...testProviderConfig,
  provider: 'openai',
  api,
  baseUrl,
});

describe('llm-openai', () => {
  for (const api of ['chat', 'responses'] as const) {
    describe(`is a language model, asked through ${api}`, () => {
      const suite = languageModelSuite(() =>
        weatherSetup(({ baseUrl }) => createOpenaiProvider(configFor(baseUrl, api))),
      );
      for (const { name, run } of suite) it(name, run);
    });
  }

  describe('is an embedder', () => {
    const suite = embedderSuite(async () => {
      const server = await startModelServer(fakeModels());
      const { embedder, close } = createOpenaiProvider(configFor(server.baseUrl));
      assert.ok(embedder);
      return {
        embedder,
        model: 'fake',
        close: async () => {
          close();
          await server.close();
        },
      };
    });
    for (const { name, run } of suite) it(name, run);
  });

  describe('endures what a server of Chat Completions may do, and', () => {
    const broken = { id: 'a', type: 'function', function: { name: 'x', arguments: '{"city":' } };
    const suite = httpProviderSuite({
      create: (_origin, config) => createOpenaiProvider({ ...config, provider: 'openai', api: 'chat' }),
      opening: (content) => [delta({ role: 'assistant', content: '' }), delta({ content })],
      failure: {
        event: JSON.stringify({ error: { message: 'Slow', code: 'rate_limit_exceeded' } }),
        code: 'AF_MODEL_RATE_LIMITED',
      },
      brokenCall: completion({ content: null, tool_calls: [broken] }, 'tool_calls'),
    });
    for (const { name, run } of suite) it(name, run);
  });

  describe('says whether it can be used', () => {
    const available = (config: Partial<OpenaiConfig>): boolean => {
      const { model, close } = createOpenaiProvider({
        ...configFor('https://api.openai.com/v1'),
        ...config,
      });
      close();
      return model.available;
    };

    it('not without a key at the default server', () => {
      assert.equal(available({}), false);
      assert.equal(available({ apiKey: new Secret('  ') }), false);
    });

    it('with a key', () => assert.equal(available({ apiKey: new Secret('sk-1') }), true));

    it('without a key at a server of one’s own', () => {
      assert.equal(available({ baseUrl: 'http://127.0.0.1:11434/v1' }), true);
    });

    it('and explains what is missing when it is called all the same', async () => {
      const { model, embedder, close } = createOpenaiProvider(configFor('https://api.openai.com/v1'));
      const options = { signal: new AbortController().signal };
      const missing = { code: 'AF_MODEL_NO_KEY', fix: /OPENAI_API_KEY/ };
      await assert.rejects(model.generate({ model: 'm', messages: [] }, options), missing);
      await assert.rejects(embedder!.embed({ model: 'm', texts: ['a'] }, options), missing);
      close();
    });
  });

  it('knows what models of OpenAI can do, and says nothing of others', async () => {
    const { model, close } = createOpenaiProvider(configFor('https://api.openai.com/v1'));
    const can = (name: string): unknown => model.capabilities?.(name);
    assert.deepEqual(await can('gpt-4o-mini'), {
      streaming: true,
      tools: true,
      structuredOutput: 'native',
      images: true,
      reasoning: false,
      contextTokens: 128_000,
      maxOutputTokens: 16_384,
    });
    assert.equal(Object(await can('gpt-5-mini')).reasoning, true);
    assert.equal(Object(await can('gpt-5-chat-latest')).reasoning, false);
    assert.deepEqual(await can('something-else'), { streaming: true });
    close();
  });

  describe('refuses a configuration it cannot use', () => {
    const refused = (config: Partial<OpenaiConfig>, field: string): void => {
      assert.throws(
        () => createOpenaiProvider({ ...configFor('http://127.0.0.1:1/v1'), ...config }),
        (error: Error & { code?: string }) =>
          error.code === 'AF_MODEL_CONFIG' &&
          error.message.includes(field) &&
          !error.message.includes('hidden'),
      );
    };

    it('a base URL that is none', () => refused({ baseUrl: 'http://' }, 'baseUrl'));
    it('another protocol', () => refused({ baseUrl: 'ftp://example.com' }, 'baseUrl'));
    it('a password in the base URL', () => refused({ baseUrl: 'http://u:hidden@example.com' }, 'baseUrl'));
    it('a key with a line break', () => refused({ apiKey: new Secret('hidden\nkey') }, 'apiKey'));
    it('a header that cannot be sent', () => refused({ headers: { 'x y': 'hidden' } }, 'headers/x y'));
  });

  it('is configured like every provider behind a server', () => {
    const manifest: { agentFactory: { config: { properties: Record<string, unknown> } } } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    assert.deepEqual(providerConfigProblems(manifest.agentFactory.config.properties), []);
  });

  it('serves through the kernel, and its key shows nowhere', async () => {
    const server = await startModelServer(fakeModels());
    const config = {
      baseUrl: server.baseUrl,
      apiKey: '${secret:env:KEY}',
      headers: { 'x-team': 'a-team' },
    };
    try {
      const kernel = await bootTestKernel({
        plugins: [{ use: folder, config }],
        env: { KEY: 'sk-very-secret' },
      });
      const model = kernel.all(LanguageModel)[0]?.value;
      assert.equal(model?.provider, 'openai');
      assert.equal(kernel.all(Embedder)[0]?.value.provider, 'openai');
      const request = { model: 'fake', messages: [{ role: 'user' as const, content: 'Hello' }] };
      const options = { signal: new AbortController().signal, idempotencyKey: 'once' };
      const response = await model.generate(request, options);
      assert.match(response.message.content, /7 degrees/);
      assert.equal(response.requestId, 'req_1');
      const seen = server.seen[0]?.headers;
      assert.equal(seen?.authorization, 'Bearer sk-very-secret');
      assert.equal(seen['x-team'], 'a-team');
      assert.equal(seen['idempotency-key'], 'once');
      assert.doesNotMatch(JSON.stringify(kernel.inspect()) + inspect(kernel.inspect()), /very-secret/);
      await kernel.close();
    } finally {
      await server.close();
    }
  });
});
