import assert from 'node:assert/strict';
import type { Message } from '@agent-factory/sdk/domain';
import type { ServerResponse } from 'node:http';
import { completion, delta, openStream, sendEvents, sendJson } from '@agent-factory/model-kit/testing';
import { withChat } from './chat-provider.ts';

const toolCall = (id: string | undefined, name: string, text: unknown): object => ({
  id,
  type: 'function',
  function: { name, arguments: text },
});
const answering =
  (message: object, reason: string | null = 'stop', extra = {}) =>
  (_request: unknown, response: ServerResponse): void =>
    sendJson(response, 200, { ...completion(message, reason), ...extra });

describe('Chat Completions', () => {
  it(
    'writes every kind of message',
    withChat(undefined, async ({ ask, server }) => {
      const messages: Message[] = [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', mediaType: 'image/png', url: 'data:,x' },
          ],
        },
        {
          role: 'assistant',
          content: '',
          toolCalls: [
            { id: 'c1', name: 'look', input: { at: 'it' } },
            { id: 'c2', name: 'look', input: {}, malformed: '{"at' },
          ],
        },
        { role: 'tool', toolCallId: 'c1', name: 'look', content: 'A cat.' },
        { role: 'tool', toolCallId: 'c2', name: 'look', content: 'Not JSON.', isError: true },
      ];
      await ask({
        messages,
        temperature: 0.5,
        maxOutputTokens: 20,
        tools: [{ name: 'look', description: 'Looks.', input: { type: 'object' } }],
      });
      assert.equal(server.seen[0]?.url, '/v1/chat/completions');
      assert.deepEqual(server.seen[0].body, {
        model: 'fake',
        messages: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image_url', image_url: { url: 'data:,x' } },
            ],
          },
          {
            role: 'assistant',
            content: null,
            tool_calls: [
              { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":"it"}' } },
              { id: 'c2', type: 'function', function: { name: 'look', arguments: '{"at' } },
            ],
          },
          { role: 'tool', tool_call_id: 'c1', content: 'A cat.' },
          { role: 'tool', tool_call_id: 'c2', content: 'Not JSON.' },
        ],
        tools: [
          {
            type: 'function',
            function: { name: 'look', description: 'Looks.', parameters: { type: 'object' } },
          },
        ],
        temperature: 0.5,
        max_tokens: 20,
      });
    }),
  );

  it(
    'asks for usage when it streams',
    withChat(undefined, async ({ stream, server }) => {
      const { response } = await stream();
      assert.deepEqual(server.seen[0]?.body['stream_options'], { include_usage: true });
      assert.deepEqual(response?.usage, { inputTokens: 61, outputTokens: 14 });
    }),
  );

  it(
    'uses one connection for calls one after another',
    withChat(undefined, async ({ ask, stream, server }) => {
      await ask();
      await stream();
      await stream();
      await ask();
      assert.equal(new Set(server.seen.map(({ socket }) => socket)).size, 1);
    }),
  );

  it(
    'reads several calls, one of them not JSON, one without arguments or id',
    withChat(
      answering(
        {
          content: null,
          tool_calls: [
            toolCall('a', 'x', '{"n":1}'),
            toolCall('b', 'y', '{"n":'),
            toolCall(undefined, 'z', ''),
            toolCall('d', 'w', { n: 2 }),
            toolCall('e', 'v', '[1]'),
          ],
        },
        'tool_calls',
      ),
      async ({ ask }) => {
        const { message } = await ask();
        const [a, b, c, d, e] = message.toolCalls ?? [];
        assert.deepEqual(a, { id: 'a', name: 'x', input: { n: 1 } });
        assert.deepEqual(b, { id: 'b', name: 'y', input: {}, malformed: '{"n":' });
        assert.deepEqual({ ...c, id: '' }, { id: '', name: 'z', input: {} });
        assert.match(c?.id ?? '', /^call_/);
        assert.deepEqual(d?.input, { n: 2 });
        assert.equal(e?.malformed, '[1]');
      },
    ),
  );

  const reasons: [object, string | null, string][] = [
    [{ content: 'a' }, 'stop', 'stop'],
    [{ content: 'a' }, 'length', 'length'],
    [{ content: 'a' }, 'content_filter', 'content_filter'],
    [{ content: 'a' }, null, 'stop'],
    [{ content: null, tool_calls: [toolCall('a', 'x', '{}')] }, 'stop', 'tool_calls'],
    [{ content: null, refusal: 'I will not.' }, 'stop', 'content_filter'],
  ];
  for (const [message, said, meant] of reasons) {
    it(
      `reads ${JSON.stringify(message)} ended by ${said} as ${meant}`,
      withChat(answering(message, said), async ({ ask }) => {
        assert.equal((await ask()).finishReason, meant);
      }),
    );
  }

  it(
    'reads a refusal as the text',
    withChat(answering({ content: null, refusal: 'I will not.' }), async ({ ask }) => {
      assert.equal((await ask()).message.content, 'I will not.');
    }),
  );

  it(
    'counts nothing when the usage is missing or senseless',
    withChat(
      answering({ content: 'a' }, 'stop', { usage: { prompt_tokens: -1, completion_tokens: 'x' } }),
      async ({ ask }) => {
        assert.deepEqual((await ask()).usage, { inputTokens: 0, outputTokens: 0 });
      },
    ),
  );

  it(
    'takes a whole answer where it asked for a stream',
    withChat(answering({ content: 'At once.' }), async ({ stream }) => {
      const { texts, response } = await stream();
      assert.deepEqual(texts, ['At once.']);
      assert.equal(response?.message.content, 'At once.');
    }),
  );

  it(
    'puts calls that come in pieces, mixed or with one index for all, together',
    withChat(
      (_request, response) => {
        sendEvents(response, [
          delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'x', arguments: '{"n"' } }] }),
          delta({ tool_calls: [{ index: 1, id: 'b', function: { name: 'y', arguments: '{"m":' } }] }),
          delta({
            tool_calls: [
              { index: 0, function: { arguments: ':1}' } },
              { index: 1, function: { arguments: '2}' } },
            ],
          }),
          delta(
            { tool_calls: [{ index: 1, id: 'c', function: { name: 'z', arguments: '{}' } }] },
            'tool_calls',
          ),
        ]);
      },
      async ({ stream }) => {
        const { response } = await stream();
        assert.deepEqual(response?.message.toolCalls, [
          { id: 'a', name: 'x', input: { n: 1 } },
          { id: 'b', name: 'y', input: { m: 2 } },
          { id: 'c', name: 'z', input: {} },
        ]);
      },
    ),
  );

  it(
    'reads letters cut between two pieces',
    withChat(
      (_request, response) => {
        openStream(response);
        const bytes = Buffer.from(
          `data: ${delta({ content: 'Grüße 🌧 aus Oslo' })}\r\n\r\ndata: ${delta({}, 'stop')}\n\ndata: [DONE]\n\n`,
        );
        let at = 0;
        const next = (): void => {
          if (at >= bytes.length) response.end();
          else response.write(bytes.subarray(at, (at += 7)), () => setImmediate(next));
        };
        next();
      },
      async ({ stream }) => {
        const { texts, error } = await stream();
        assert.equal(error, undefined);
        assert.equal(texts.join(''), 'Grüße 🌧 aus Oslo');
      },
    ),
  );

  it('does without [DONE], and does not wait for the end after it', async () => {
    await withChat(
      (_request, response) => sendEvents(response, [delta({ content: 'a' }), delta({}, 'stop')]),
      async ({ stream }) => {
        assert.equal((await stream()).response?.message.content, 'a');
      },
    )();
    await withChat(
      (_request, response) => {
        openStream(response);
        for (const event of [delta({ content: 'a' }), delta({}, 'stop'), '[DONE]'])
          response.write(`data: ${event}\n\n`);
      },
      async ({ stream }) => {
        assert.equal((await stream()).response?.message.content, 'a');
      },
    )();
  });

  it(
    'keeps nothing of a slow reader’s stream in memory but a bounded part',
    withChat(
      (_request, response) => {
        openStream(response);
        let left = 200;
        const more = (): void => {
          while (left > 0) {
            left -= 1;
            if (!response.write(`data: ${delta({ content: 'x'.repeat(20_000) })}\n\n`))
              return void response.once('drain', more);
          }
          response.end(`data: ${delta({}, 'stop')}\n\ndata: [DONE]\n\n`);
        };
        more();
      },
      async ({ provider }) => {
        let length = 0;
        for await (const chunk of provider.model.stream(
          { model: 'fake', messages: [] },
          { signal: new AbortController().signal },
        )) {
          if (chunk.type === 'finish') break;
          if (chunk.type === 'text') length += chunk.text.length;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        assert.equal(length, 200 * 20_000);
      },
    ),
  );
});
