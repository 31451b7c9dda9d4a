import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { AgentRuntime, defaultTenant } from '@agent-factory/sdk/contracts';
import { bootOpenai, weather, type OpenaiPlatform } from './support/openai-platform.ts';

describe('chat completions, as the SDK of OpenAI asks for them', function () {
  this.timeout(60_000);
  let platform: OpenaiPlatform;
  let client: OpenAI;
  let other: OpenAI;

  before(async () => {
    platform = await bootOpenai();
    client = await platform.keyOf(defaultTenant, 'service');
    other = await platform.keyOf(defaultTenant, 'service');
  });
  after(() => platform?.kernel.close());

  const ask = (content: string, model = 'guide') =>
    client.chat.completions.create({ model, messages: [{ role: 'user', content }] });

  it('answers a conversation, with the instructions of the application as said by the user', async () => {
    const { choices, usage, model, id } = await client.chat.completions.create({
      model: 'guide',
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'One' },
        { role: 'assistant', content: 'Two' },
        { role: 'user', content: [{ type: 'text', text: 'Three' }] },
      ],
    });
    assert.equal(choices[0]?.message.content, 'Heard: Be kind. | One | Two | Three');
    assert.equal(choices[0]?.finish_reason, 'stop');
    assert.equal(model, 'guide');
    assert.equal(usage?.total_tokens, usage ? usage.prompt_tokens + usage.completion_tokens : 0);
    const run = await platform.kernel
      .use(AgentRuntime)
      .tenant(defaultTenant)
      .get(id.replace('chatcmpl-', ''));
    assert.equal(run.status, 'succeeded');
  });

  it('streams an answer, and what it used at the end', async () => {
    const stream = await client.chat.completions.create({
      model: 'guide',
      messages: [{ role: 'user', content: 'Hello' }],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let used: number | undefined;
    let reason: string | null | undefined;
    for await (const { choices, usage } of stream) {
      text += choices[0]?.delta.content ?? '';
      reason ??= choices[0]?.finish_reason;
      used = usage?.total_tokens ?? used;
    }
    assert.deepEqual([text, reason], ['Heard: Hello', 'stop']);
    assert.equal(typeof used, 'number');
  });

  it('has routers and workflows answer', async () => {
    assert.equal((await ask('Hi', 'routers/desk')).choices[0]?.message.content, 'Heard: Hi');
    assert.equal((await ask('{}', 'workflows/look')).choices[0]?.message.content, 'seen');
  });

  it('answers to a schema, of the request or of the agent, streamed and not', async () => {
    const schema = { type: 'object', properties: { mood: { type: 'string' } }, required: ['mood'] };
    for (const [model, more] of [
      ['guide', { response_format: { type: 'json_schema', json_schema: { name: 'mood', schema } } }],
      ['shaped', {}],
    ] as const) {
      const messages = [{ role: 'user', content: 'What mood?' } as const];
      const whole = await client.chat.completions.create({ model, messages, ...more });
      assert.deepEqual(JSON.parse(whole.choices[0]?.message.content ?? ''), { mood: 'good' });
      const streamed = await client.chat.completions.stream({ model, messages, ...more }).finalContent();
      assert.deepEqual(JSON.parse(streamed ?? ''), { mood: 'good' });
    }
    await assert.rejects(
      client.chat.completions.create({
        model: 'guide',
        messages: [{ role: 'user', content: 'Hi' }],
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'string' } } },
      }),
      OpenAI.BadRequestError,
    );
  });

  it('has the caller call their tools, beside those of the agent, and goes on with the same run', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'The weather in both?' }];
    const first = await client.chat.completions.create({ model: 'looker', messages, tools: [weather] });
    const message = first.choices[0]?.message;
    assert.equal(first.choices[0]?.finish_reason, 'tool_calls');
    const calls = message?.tool_calls ?? [];
    assert.deepEqual(
      calls.map((call) => call.type === 'function' && [call.function.name, call.function.arguments]),
      [
        ['weather', '{"city":"Oslo"}'],
        ['weather', '{"city":"Rome"}'],
      ],
    );
    if (message) messages.push(message);
    for (const [at, { id }] of calls.entries())
      messages.push({ role: 'tool', tool_call_id: id, content: at === 0 ? 'cold' : 'warm' });
    const second = await client.chat.completions.create({ model: 'looker', messages, tools: [weather] });
    assert.equal(second.choices[0]?.message.content, 'It is cold and warm and seen.');
    assert.equal(second.id, first.id);
    messages.push({ role: 'assistant', content: second.choices[0]?.message.content ?? '' });
    messages.push({ role: 'user', content: 'Thanks' });
    const third = await client.chat.completions.create({ model: 'looker', messages, tools: [weather] });
    assert.match(third.choices[0]?.message.content ?? '', /\| It is cold and warm and seen\. \| Thanks$/);
  });

  it('lets the SDK run tools by itself, streamed', async () => {
    const runner = client.chat.completions.runTools({
      model: 'guide',
      stream: true,
      messages: [{ role: 'user', content: 'The weather?' }],
      tools: [
        {
          type: 'function',
          function: {
            ...weather.function,
            parse: (text: string) => JSON.parse(text) as { readonly city: string }, // as its schema says
            function: ({ city }: { readonly city: string }) => `${city}: cold`,
          },
        },
      ],
    });
    assert.equal(await runner.finalContent(), 'It is Oslo: cold.');
  });

  it('takes the result of a call from whoever was asked, and the same again as the same', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'The weather?' }];
    const asked = await client.chat.completions.create({ model: 'guide', messages, tools: [weather] });
    const [call] = asked.choices[0]?.message.tool_calls ?? [];
    const answered = (id: string): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
      model: 'guide',
      messages: [...messages, { role: 'tool', tool_call_id: id, content: 'cold' }],
      tools: [weather],
    });
    const refused = (who: OpenAI, id: string) =>
      assert.rejects(who.chat.completions.create(answered(id)), { code: 'AF_OPENAI_CALL_UNKNOWN' });
    await refused(other, call?.id ?? '');
    await refused(await platform.keyOf(defaultTenant, 'tenant-admin'), call?.id ?? '');
    await refused(client, 'call_of_another_house');
    await refused(client, `${call?.id}x`);
    assert.equal(
      (await client.chat.completions.create(answered(call?.id ?? ''))).choices[0]?.message.content,
      'It is cold.',
    );
    const again = await client.chat.completions.create(answered(call?.id ?? ''));
    assert.deepEqual([again.id, again.choices[0]?.message.content], [asked.id, 'It is cold.']);
    await refused(other, call?.id ?? '');
    // Beside one of its own, nobody is told whether there is another's.
    const next = await other.chat.completions.create({ model: 'guide', messages, tools: [weather] });
    const own = next.choices[0]?.message.tool_calls?.[0]?.id ?? '';
    for (const id of [call?.id ?? '', 'run_0000.call']) {
      const both = answered(own);
      both.messages.push({ role: 'tool', tool_call_id: id, content: 'cold' });
      await assert.rejects(other.chat.completions.create(both), { code: 'AF_OPENAI_CALL_UNKNOWN' });
    }
  });

  it('goes on with a request that broke off after a part of its results was told', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'The weather in both?' }];
    const asked = await client.chat.completions.create({ model: 'guide', messages, tools: [weather] });
    const ids = (asked.choices[0]?.message.tool_calls ?? []).map(({ id }) => id);
    const runs = platform.kernel.use(AgentRuntime).tenant(defaultTenant);
    const [runId = '', ...rest] = ids[0]?.split('.') ?? [];
    const callId = rest.join('.');
    await runs.decide(runId, { callId, outcome: 'done', output: 'cold', id: ids[0] ?? '' });
    for (const [at, id] of ids.entries())
      messages.push({ role: 'tool', tool_call_id: id, content: at === 0 ? 'cold' : 'warm' });
    const { choices } = await client.chat.completions.create({ model: 'guide', messages, tools: [weather] });
    assert.equal(choices[0]?.message.content, 'It is cold and warm.');
  });

  for (const [model, question, answer] of [
    ['asker', 'ask the weather and back', 'It is It is cold in Oslo and cold in cold in Oslo..'],
    ['chief', 'ask ask the weather and back', 'It is It is It is cold in Oslo and cold in cold in Oslo...'],
  ] as const)
    it(`has the caller call the tools of an agent that others ask, one by one: ${model}`, async () => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: question }];
      const told: string[] = [];
      for (;;) {
        const { choices } = await client.chat.completions.create({ model, messages });
        const message = choices[0]?.message;
        const [call] = message?.tool_calls ?? [];
        if (!message || !call || call.type !== 'function') {
          assert.equal(message?.content, answer);
          break;
        }
        const { city } = JSON.parse(call.function.arguments) as { readonly city: string };
        told.push(city);
        assert.ok(told.length <= 2, told.join());
        messages.push(message, { role: 'tool', tool_call_id: call.id, content: `cold in ${city}` });
      }
      assert.deepEqual(told, ['Oslo', 'cold in Oslo']);
    });
});
