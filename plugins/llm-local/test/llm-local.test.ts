import assert from 'node:assert/strict';
import { join } from 'node:path';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import { bootTestKernel, languageModelSuite } from '@agent-factory/sdk/testing';
import { createLocalLanguageModel } from '../src/local-language-model.ts';
import { localModel } from './local-model.ts';
import {
  calculate,
  everyday,
  fetchUrl,
  searchDocuments,
  talk,
  tool,
  type Talk,
  type TestTool,
} from './tools.ts';

const model = createLocalLanguageModel({ provider: 'local' });
const ask = (...questions: string[]): Promise<Talk> => talk(model, everyday, ...questions);
const askWith = (tools: readonly TestTool[], ...questions: string[]): Promise<Talk> =>
  talk(model, tools, ...questions);

describe('llm-local', () => {
  describe('is a language model', () => {
    const suite = languageModelSuite(async () => ({
      provider: createLocalLanguageModel({ provider: 'local' }),
      ...localModel,
    }));
    for (const { name, run } of suite) it(name, run);
  });

  describe('answers questions about documents with the sentence and its line', () => {
    const cases: [question: string, sentence: RegExp][] = [
      [
        'Which port does the API listen on?',
        /The HTTP API listens on port 7070 of the loopback address\. \[server\.md:5\]/,
      ],
      [
        'How is a plugin isolated?',
        /each runs in a child process of its own, with Node's permission model and a scrubbed environment\. \[plugins\.md:7\]/,
      ],
      [
        'What is a plugin?',
        /^(?:- )?A plugin is a package that adds one capability to the platform\. \[plugins\.md:3\]/,
      ],
      ['what is the journal', /^(?:- )?The journal is the append-only record of a run\. \[journal\.md:3\]/],
      ['How do I start the platform?', /run `npm start`\. \[server\.md:11\]/],
      [
        'How often is a failed call repeated?',
        /`maxRetries`: default 2; How often a failed call is repeated\. \[server\.md:24\]/,
      ],
      ['When are events deleted?', /Events are deleted after 90 days\. \[journal\.md:9\]/],
      [
        'Where are migrations stored?',
        /Migrations are stored in the folder `migrations\/` and are never edited\. \[plugins\.md:23\]/,
      ],
      ['What happens after a crash?', /After a crash the run goes on from its journal\. \[journal\.md:6\]/],
      [
        'How much memory does a plugin get?',
        /Memory is limited to 128 MB unless the operator grants more\. \[plugins\.md:12\]/,
      ],
      ['How are tables named?', /names that begin with `af_<plugin>_`\. \[plugins\.md:22\]/],
      [
        'Please tell me why an upgrade is built beside the old generation.',
        /Because a failed upgrade must leave what serves untouched\. \[plugins\.md:17\]/,
      ],
    ];
    for (const [question, sentence] of cases) {
      it(question, async () => {
        const { calls, answer } = await ask(question);
        assert.equal(calls.length, 1);
        assert.equal(calls[0]?.name, 'search_documents');
        assert.match(answer, sentence);
      });
    }

    it('with at most four of them', async () => {
      const { answer } = await ask(
        'What do plugins, upgrades, generations, journals and processes have to do with each other?',
      );
      assert.ok((answer.match(/\[\w+\.md:\d+\]/g) ?? []).length <= 4, answer);
    });

    it('and says so when there is none', async () => {
      for (const question of [
        'What is the capital of France?',
        'How do I bake bread in the platform oven?',
      ]) {
        const { answer } = await ask(question);
        assert.match(answer, /^I found nothing in the documents/, answer);
        assert.doesNotMatch(answer, /\.md:/);
      }
    });

    it('understanding a question that leans on the one before', async () => {
      const { calls, answer } = await ask('What is the journal?', 'And when are its events deleted?');
      assert.match(JSON.stringify(calls[0]?.input), /when are its events deleted journal/i);
      assert.match(answer, /Events are deleted after 90 days\. \[journal\.md:9\]/);
      const short = await ask('How is a plugin isolated?', 'And its memory?');
      assert.match(short.answer, /128 MB/);
    });

    it('each of two questions by itself', async () => {
      const { calls, answer } = await ask('Which port does the API listen on and when are events deleted?');
      assert.equal(calls.length, 2);
      assert.match(answer, /7070[^]*90 days/);
    });
  });

  describe('chooses among tools', () => {
    const chosen: [question: string, name: string, input: object][] = [
      ['What is 12 * (3 + 4)?', 'calculate', { expression: '12 * (3 + 4)' }],
      ['what is 15% of 80', 'calculate', { expression: '15% of 80' }],
      ['How much is 3 plus 4 times 2?', 'calculate', { expression: '3 + 4 * 2' }],
      ['What is the square root of 144?', 'calculate', { expression: 'sqrt(144)' }],
      ['What time is it in Tokyo?', 'current_time', { timeZone: 'Tokyo' }],
      ['what time is it in new york right now?', 'current_time', { timeZone: 'New York' }],
      ['What is the date today?', 'current_time', {}],
      ['Fetch https://example.com/lions.', 'fetch_url', { url: 'https://example.com/lions' }],
      [
        'What does https://example.com/lions say about food?',
        'fetch_url',
        { url: 'https://example.com/lions' },
      ],
      [
        'How many times is a call repeated?',
        'search_documents',
        { query: 'How many times is a call repeated', limit: 10 },
      ],
      ['How do I fetch a page?', 'search_documents', { query: 'How do I fetch a page', limit: 10 }],
      [
        'Which lines, 10-12 or so, describe the drain?',
        'search_documents',
        { query: 'Which lines, 10-12 or so, describe the drain', limit: 10 },
      ],
      [
        'Hi, could you please tell me what a generation is? Thanks!',
        'search_documents',
        { query: 'what a generation is', limit: 10 },
      ],
    ];
    for (const [question, name, input] of chosen) {
      it(question, async () => {
        const { calls } = await ask(question);
        assert.deepEqual(calls, [{ name, input }]);
      });
    }

    it('and says the result of a sum', async () => {
      assert.match((await ask('What is 12 * (3 + 4)?')).answer, /^The result is 84\.\n/);
    });

    it('and says the time', async () => {
      assert.match(
        (await ask('What time is it in Tokyo?')).answer,
        /^It is 14:05:00 on Sunday, 2026-03-29 in Asia\/Tokyo \(UTC\+09:00\)\./,
      );
    });

    it('and quotes a page, or tells how it begins', async () => {
      assert.match(
        (await ask('How much meat does a lion eat, says https://example.com/l?')).answer,
        /seven kilograms of meat a day\. \[https:\/\/example\.com\/l\]/,
      );
      assert.match(
        (await ask('Fetch https://example.com/l')).answer,
        /^"Lions" begins: Lions are large cats\./,
      );
    });

    it('and does two things at once', async () => {
      const { calls, answer } = await ask('What is 15% of 80 and what time is it in Tokyo?');
      assert.deepEqual(
        calls.map(({ name }) => name),
        ['calculate', 'current_time'],
      );
      assert.match(answer, /The result is 12\.\n\nIt is 14:05:00/);
    });

    it('and tells what failed', async () => {
      const broken = {
        ...fetchUrl,
        run: () => {
          throw new Error('The host is not known.');
        },
      };
      const { answer } = await askWith([broken], 'Fetch https://nowhere.example/');
      assert.match(answer, /^The tool fetch_url failed: The host is not known\. Try later\./);
    });
  });

  describe('asks in place of guessing', () => {
    const transfer = tool('send_money', 'Sends money to a person.', {
      amount: { type: 'number', description: 'How much.' },
      recipient: { type: 'string', description: 'E-mail address of the person.' },
    });

    it('for what the message does not say', async () => {
      const { calls, answer } = await askWith([transfer, searchDocuments], 'Send 20 money, please');
      assert.deepEqual(calls, []);
      assert.match(answer, /To use send_money I need to know:\n- recipient: E-mail address of the person\./);
    });

    it('and calls once it is said', async () => {
      const { calls } = await askWith([transfer, searchDocuments], 'Send money: 20.50 to ann@example.com');
      assert.deepEqual(calls, [
        { name: 'send_money', input: { amount: 20.5, recipient: 'ann@example.com' } },
      ]);
    });
  });

  describe('says openly what it is', () => {
    it('in its description and under every answer from tools', async () => {
      assert.match(model.description, /No language model/);
      assert.match((await ask('Which port does the API listen on?')).answer, /no language model[^\n]*$/);
    });

    it('when it is greeted, and names its tools', async () => {
      for (const words of ['hello', 'Who are you?', 'What can you do?', '']) {
        const { calls, answer } = await ask(words);
        assert.deepEqual(calls, []);
        assert.match(
          answer,
          /no language model\. I answer with these tools:\n- calculate: Calculates an arithmetic expression\.\n/,
        );
      }
    });

    it('when it has no tools', async () => {
      assert.match(
        (await askWith([], 'Which port?')).answer,
        /no language model\. I can choose tools[^]*this agent has none/,
      );
    });

    it('when no tool fits', async () => {
      assert.match(
        (await askWith([calculate], 'Sing me a song about the sea')).answer,
        /^None of my tools fits/,
      );
    });
  });

  it('refuses the name of a model it does not have', async () => {
    const { signal } = new AbortController();
    await assert.rejects(model.generate({ model: 'gpt', messages: [] }, { signal }), {
      code: 'AF_LLM_LOCAL_UNKNOWN_MODEL',
      fix: 'Write "local/tools" in the agent\'s "model".',
    });
  });

  it('answers the same every time', async () => {
    assert.deepEqual(await ask('How is a plugin isolated?'), await ask('How is a plugin isolated?'));
  });

  it('gives every call of a conversation an id of its own', async () => {
    const { signal } = new AbortController();
    const first = await model.generate(
      {
        model: 'tools',
        tools: everyday,
        messages: [{ role: 'user', content: 'What is 1+1 and what is 2+2?' }],
      },
      { signal },
    );
    const messages = [
      { role: 'user' as const, content: '1+1' },
      first.message,
      { role: 'user' as const, content: '3+3' },
    ];
    const second = await model.generate({ model: 'tools', tools: everyday, messages }, { signal });
    const ids = [first, second].flatMap(({ message }) => message.toolCalls?.map(({ id }) => id));
    assert.equal(ids.length, 3);
    assert.equal(new Set(ids).size, 3);
  });

  it('serves through the kernel without any configuration', async () => {
    const kernel = await bootTestKernel({ plugins: [join(import.meta.dirname, '..')] });
    const provider = kernel.all(LanguageModel)[0]?.value;
    assert.equal(provider?.provider, 'local');
    assert.equal(provider.available, true);
    assert.match((await talk(provider, everyday, 'Which port does the API listen on?')).answer, /7070/);
    await kernel.close();
  });
});
