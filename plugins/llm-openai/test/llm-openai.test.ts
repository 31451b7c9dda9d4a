import assert from 'node:assert/strict';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Secret } from '@agent-factory/sdk';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import { bootTestKernel, languageModelSuite } from '@agent-factory/sdk/testing';
import type { OpenaiConfig } from '../src/config.ts';
import { createOpenaiLanguageModel } from '../src/openai-language-model.ts';
import { startChatServer } from './chat-server.ts';
import { configFor } from './open-model.ts';

const folder = join(import.meta.dirname, '..');

describe('llm-openai', () => {
  describe('is a language model', () => {
    const suite = languageModelSuite(async () => {
      const server = await startChatServer();
      const provider = createOpenaiLanguageModel(configFor(server.baseUrl));
      return {
        provider,
        model: 'fake',
        textPrompt: 'How is the weather?',
        tool: {
          name: 'get_weather',
          description: 'The weather in a city.',
          input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
        toolPrompt: 'How is the weather in Oslo?',
        toolInput: { city: 'Oslo' },
        toolResult: '{"degrees":7}',
        answerHolds: '7 degrees',
        close: async () => {
          provider.close();
          await server.close();
        },
      };
    });
    for (const { name, run } of suite) it(name, run);
  });

  describe('says whether it can be used', () => {
    const available = (config: Partial<OpenaiConfig>): boolean => {
      const model = createOpenaiLanguageModel({ ...configFor('https://api.openai.com/v1'), ...config });
      model.close();
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
      const model = createOpenaiLanguageModel(configFor('https://api.openai.com/v1'));
      const call = model.generate({ model: 'm', messages: [] }, { signal: new AbortController().signal });
      await assert.rejects(call, { code: 'AF_LLM_OPENAI_NO_KEY', fix: /OPENAI_API_KEY/ });
      model.close();
    });
  });

  describe('refuses a configuration it cannot use', () => {
    const refused = (config: Partial<OpenaiConfig>, field: string): void => {
      assert.throws(
        () => createOpenaiLanguageModel({ ...configFor('http://127.0.0.1:1/v1'), ...config }),
        (error: Error & { code?: string }) =>
          error.code === 'AF_LLM_OPENAI_CONFIG' &&
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

  it('serves through the kernel, and its key shows nowhere', async () => {
    const server = await startChatServer();
    const config = { baseUrl: server.baseUrl, apiKey: '${secret:env:KEY}', headers: { 'x-team': 'a-team' } };
    try {
      const kernel = await bootTestKernel({
        plugins: [{ use: folder, config }],
        env: { KEY: 'sk-very-secret' },
      });
      const model = kernel.all(LanguageModel)[0]?.value;
      assert.equal(model?.provider, 'openai');
      const request = { model: 'fake', messages: [{ role: 'user' as const, content: 'Hello' }] };
      const response = await model.generate(request, { signal: new AbortController().signal });
      assert.match(response.message.content, /7 degrees/);
      assert.equal(server.seen[0]?.headers.authorization, 'Bearer sk-very-secret');
      assert.equal(server.seen[0].headers['x-team'], 'a-team');
      assert.doesNotMatch(JSON.stringify(kernel.inspect()) + inspect(kernel.inspect()), /very-secret/);
      await kernel.close();
    } finally {
      await server.close();
    }
  });
});
