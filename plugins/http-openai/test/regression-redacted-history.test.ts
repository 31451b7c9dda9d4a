import assert from 'node:assert/strict';
import type OpenAI from 'openai';
import { defaultTenant } from '@agent-factory/sdk/contracts';
import { bootOpenai, type OpenaiPlatform } from './support/openai-platform.ts';

describe('a conversation of several turns with an agent that redacts', function () {
  this.timeout(60_000);
  const card = 'My card is 4111 1111 1111 1111.';
  let platform: OpenaiPlatform;
  let client: OpenAI;

  before(async () => {
    platform = await bootOpenai();
    client = await platform.keyOf(defaultTenant, 'service');
  });
  after(() => platform?.kernel.close());

  it('reaches the model redacted in every turn, though the client sends it whole', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: card }];
    const first = await client.chat.completions.create({ model: 'private', messages });
    const answer = first.choices[0]?.message.content ?? '';
    assert.equal(answer, 'Heard: My card is [credit-card].');
    messages.push({ role: 'assistant', content: answer }, { role: 'user', content: 'Go on.' });
    const second = await client.chat.completions.create({ model: 'private', messages });
    assert.equal(second.choices[0]?.message.content, `Heard: My card is [credit-card]. | ${answer} | Go on.`);
  });

  it('is redacted too where it is gone on with by the id of a response', async () => {
    const first = await client.responses.create({ model: 'private', input: card });
    const second = await client.responses.create({
      model: 'private',
      input: 'Go on.',
      previous_response_id: first.id,
    });
    assert.equal(second.output_text, `Heard: My card is [credit-card]. | ${first.output_text} | Go on.`);
  });

  it('has results of the caller’s tools in it redacted', async () => {
    const { choices } = await client.chat.completions.create({
      model: 'private',
      messages: [
        { role: 'user', content: 'Who?' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'whois', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: '{"mail":"ann@example.com"}' },
        { role: 'assistant', content: 'Ann.' },
        { role: 'user', content: 'Thanks.' },
      ],
    });
    assert.equal(choices[0]?.message.content, 'Heard: Who? |  | {"mail":"[email]"} | Ann. | Thanks.');
  });
});
