import assert from 'node:assert/strict';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { answer, delta, failing, openStream, sendJson, type Behaviour } from './chat-server.ts';
import { withModel } from './open-model.ts';

describe('llm-openai repeats', () => {
  const failTwice =
    (status: number, headers = {}): Behaviour =>
    (request, response, n) =>
      n <= 2 ? sendJson(response, status, {}, headers) : answer(request, response, n);

  for (const status of [408, 429, 500, 503]) {
    it(
      `what failed with ${status}, and answers`,
      withModel(failTwice(status), async ({ ask, server }) => {
        assert.match((await ask()).message.content, /7 degrees/);
        assert.equal(server.seen.length, 3);
      }),
    );
  }

  it(
    'as long as the server asks for',
    withModel(
      failTwice(429, { 'retry-after-ms': '0' }),
      async ({ ask }) => {
        assert.match((await ask()).message.content, /7 degrees/);
      },
      { retryDelayMs: 60_000 },
    ),
  );

  it(
    'not what the server wants to wait for too long, and says how long',
    withModel(failing(429, {}, { 'retry-after': '3600' }), async ({ ask, server }) => {
      const error = await ask().catch((caught: unknown) => caught);
      assert.ok(isAgentFactoryError(error, 'AF_LLM_OPENAI_RATE_LIMIT'));
      assert.equal(error.details['retryAfterMs'], 3_600_000);
      assert.equal(server.seen.length, 1);
    }),
  );

  it(
    'no more often than it is told to',
    withModel(failing(500, {}), async ({ ask, server }) => {
      await assert.rejects(ask(), { code: 'AF_LLM_OPENAI_UNAVAILABLE', retryable: true });
      assert.equal(server.seen.length, 3);
    }),
  );

  it(
    'not what the server refused',
    withModel(failing(400, {}), async ({ ask, server }) => {
      await assert.rejects(ask(), { code: 'AF_LLM_OPENAI_BAD_REQUEST', retryable: false });
      assert.equal(server.seen.length, 1);
    }),
  );

  it(
    'a stream that broke before it said anything',
    withModel(
      (request, response, n) => {
        if (n > 1) answer(request, response, n);
        else {
          openStream(response);
          response.write(`data: ${delta({ role: 'assistant', content: '' })}\n\n`, () => response.destroy());
        }
      },
      async ({ stream, server }) => {
        const { texts, response } = await stream();
        assert.equal(texts.join(''), response?.message.content);
        assert.equal(server.seen.length, 2);
      },
    ),
  );

  it(
    'no stream that had said something',
    withModel(
      (_request, response) => {
        openStream(response);
        response.write(`data: ${delta({ content: 'It is ' })}\n\n`);
        setTimeout(() => response.destroy(), 20);
      },
      async ({ stream, server }) => {
        const { texts, error } = await stream();
        assert.deepEqual(texts, ['It is ']);
        assert.equal(error?.code, 'AF_LLM_OPENAI_CONNECTION');
        assert.equal(server.seen.length, 1);
      },
    ),
  );

  it(
    'stops waiting when the call is aborted',
    withModel(
      failing(500, {}),
      async ({ ask, server }) => {
        const controller = new AbortController();
        const reason = new Error('enough');
        const call = ask({}, controller.signal);
        while (server.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
        setTimeout(() => controller.abort(reason), 20);
        await assert.rejects(call, (error) => error === reason);
      },
      { retryDelayMs: 60_000 },
    ),
  );

  it(
    'a request that met a connection closed in the meantime, at once',
    withModel(
      (request, response, n) => {
        if (n !== 2) answer(request, response, n);
        else request.socket.resetAndDestroy();
      },
      async ({ ask, server }) => {
        await ask();
        assert.match((await ask()).message.content, /7 degrees/);
        assert.equal(server.seen.length, 3);
        assert.equal(server.seen[0]?.socket, server.seen[1]?.socket);
      },
      { maxRetries: 0 },
    ),
  );
});
