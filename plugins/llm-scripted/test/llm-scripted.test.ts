import assert from 'node:assert/strict';
import { join } from 'node:path';
import { LanguageModel, type ModelResponse } from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import { bootTestKernel, languageModelSuite } from '@agent-factory/sdk/testing';
import type { ScriptedConfig, ScriptReply, ScriptStep } from '../src/config.ts';
import { createScriptedLanguageModel } from '../src/scripted-language-model.ts';
import { weatherModel, weatherScript } from './weather-model.ts';

const folder = join(import.meta.dirname, '..');
const never = new AbortController().signal;
const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const tool = (content: string): Message => ({ role: 'tool', toolCallId: 'c', name: 't', content });

const model = (script: readonly ScriptStep[], config: Partial<ScriptedConfig> = {}): LanguageModel =>
  createScriptedLanguageModel({ provider: 'scripted', scripts: { demo: script }, loop: false, ...config });

const say = (
  script: readonly ScriptStep[],
  messages: readonly Message[],
  loop = false,
): Promise<ModelResponse> => model(script, { loop }).generate({ model: 'demo', messages }, { signal: never });

const textFor = async (script: readonly ScriptStep[], messages: readonly Message[]): Promise<string> =>
  (await say(script, messages)).message.content;

const step = (reply: ScriptReply): readonly ScriptStep[] => [{ reply }];

describe('llm-scripted', () => {
  describe('is a language model', () => {
    const suite = languageModelSuite(async () => ({
      provider: model(weatherScript),
      ...weatherModel,
    }));
    for (const { name, run } of suite) it(name, run);
  });

  it('answers step by step within one turn of the user', async () => {
    const script = ['one', 'two'];
    assert.equal(await textFor(script, [user('a')]), 'one');
    assert.equal(await textFor(script, [user('a'), assistant('one'), tool('x')]), 'two');
  });

  it('begins its script again with each message of the user', async () => {
    assert.equal(await textFor(['one', 'two'], [user('a'), assistant('one'), user('b')]), 'one');
  });

  it('chooses by turn and by what the message holds', async () => {
    const script: ScriptStep[] = [
      { when: { turn: 2 }, reply: { text: 'again' } },
      { when: { contains: 'RAIN' }, reply: { text: 'wet' } },
      'else',
    ];
    assert.equal(await textFor(script, [user('sun')]), 'else');
    assert.equal(await textFor(script, [user('Will it rain?')]), 'wet');
    assert.equal(await textFor(script, [user('sun'), assistant('else'), user('sun')]), 'again');
  });

  it('fills the input and the last result into texts and tool inputs, once', async () => {
    const { message } = await say(
      step({
        text: '{{input}} / {{ toolResult }}',
        toolCalls: [{ name: 't', input: { q: ['{{input}}', 1], deep: { a: '{{toolResult}}' } } }],
      }),
      [user('a {{toolResult}}')],
    );
    assert.equal(message.content, 'a {{toolResult}} / ');
    assert.deepEqual(message.toolCalls?.[0]?.input, { q: ['a {{toolResult}}', 1], deep: { a: '' } });
  });

  it('gives every call of a conversation an id of its own', async () => {
    const script = step({ toolCalls: [{ name: 't' }, { name: 't' }] });
    const first = await say(script, [user('a')], true);
    const second = await say(script, [user('a'), first.message, tool('x')], true);
    const third = await say(script, [user('a'), first.message, tool('x'), second.message, user('b')], true);
    const ids = [first, second, third].flatMap(({ message }) => message.toolCalls?.map(({ id }) => id));
    assert.equal(new Set(ids).size, 6);
  });

  it('says clearly that a script has run out', async () => {
    await assert.rejects(say(['one'], [user('a'), assistant('one')]), {
      code: 'AF_LLM_SCRIPTED_EXHAUSTED',
      message: 'The script "demo" has 1 step(s) for "a", and answer number 2 was asked for.',
    });
  });

  it('begins again when it is told to', async () => {
    assert.equal(
      (await say(['one', 'two'], [user('a'), assistant(''), assistant('')], true)).message.content,
      'one',
    );
  });

  it('names its scripts when asked for one it does not have', async () => {
    const call = model(['x']).generate({ model: 'toString', messages: [] }, { signal: never });
    await assert.rejects(call, { code: 'AF_LLM_SCRIPTED_UNKNOWN_MODEL', message: /There are: demo/ });
  });

  it('streams its pieces as they are written, then fails if it must', async () => {
    const reply = {
      chunks: ['He', 'llo ', '{{input}}'],
      error: { message: 'Cut.', code: 'AF_X_Y', retryable: true },
    } as const;
    const pieces: string[] = [];
    await assert.rejects(
      async () => {
        const chunks = model(step(reply)).stream(
          { model: 'demo', messages: [user('you')] },
          { signal: never },
        );
        for await (const chunk of chunks) if (chunk.type === 'text') pieces.push(chunk.text);
      },
      { code: 'AF_X_Y', message: 'Cut.', retryable: true },
    );
    assert.deepEqual(pieces, ['He', 'llo ', 'you']);
  });

  it('keeps white space when it streams words', async () => {
    const chunks = model([' a  b\n\nc ']).stream({ model: 'demo', messages: [user('x')] }, { signal: never });
    let text = '';
    for await (const chunk of chunks) if (chunk.type === 'text') text += chunk.text;
    assert.equal(text, ' a  b\n\nc ');
  });

  it('ends a delay when the call is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const call = model(step({ text: 'late', delayMs: 60_000 })).generate(
      { model: 'demo', messages: [] },
      { signal: controller.signal },
    );
    setImmediate(() => controller.abort(reason));
    await assert.rejects(call, (error) => error === reason);
  });

  it('gives usage, finish reason and malformed calls as the script has them', async () => {
    const reply: ScriptReply = {
      usage: { inputTokens: 3, outputTokens: 4 },
      finishReason: 'length',
      toolCalls: [{ name: 't', id: 'x', malformed: '{' }],
    };
    const response = await say(step(reply), [user('a')]);
    assert.deepEqual(response.usage, reply.usage);
    assert.equal(response.finishReason, 'length');
    assert.deepEqual(response.message.toolCalls, [{ id: 'x', name: 't', input: {}, malformed: '{' }]);
  });

  it('acts out the failure of a provider, with how long to wait', async () => {
    const error = {
      message: 'Slow down.',
      code: 'AF_MODEL_RATE_LIMITED',
      retryable: true,
      retryAfterMs: 40,
    } as const;
    await assert.rejects(say(step({ error }), [user('a')]), {
      code: 'AF_MODEL_RATE_LIMITED',
      retryable: true,
      details: { retryAfterMs: 40 },
    });
  });

  it('streams the input of its calls, also what is no JSON', async () => {
    const calls = [
      { name: 't', id: 'a', input: { n: 1 } },
      { name: 't', id: 'b', malformed: '{"n' },
    ];
    const request = { model: 'demo', messages: [user('x')] };
    const inputs: string[] = [];
    for await (const chunk of model(step({ toolCalls: calls })).stream(request, { signal: never })) {
      if (chunk.type === 'tool_call.delta') inputs.push(`${chunk.index} ${chunk.id} ${chunk.input}`);
    }
    assert.deepEqual(inputs, ['0 a {"n":1}', '1 b {"n']);
  });

  it('serves through the kernel', async () => {
    const kernel = await bootTestKernel({
      plugins: [
        {
          use: folder,
          config: { scripts: { demo: ['Hello', { when: { turn: 1 }, reply: { text: 'Bye' } }] } },
        },
      ],
    });
    const provider = kernel.all(LanguageModel)[0]?.value;
    assert.equal(provider?.provider, 'scripted');
    const response = await provider.generate({ model: 'demo', messages: [user('x')] }, { signal: never });
    assert.equal(response.message.content, 'Hello');
    await kernel.close();
  });
});
