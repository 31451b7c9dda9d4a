import assert from 'node:assert/strict';
import type { ConformanceSuite } from '@agent-factory/sdk/testing';
import { fakeModels } from './fake-models.ts';
import { failing, openStream, sendJson, type Behaviour } from './model-server.ts';
import { failsWith, providerCase, type HttpProviderFixture } from './provider-case.ts';

const answer = fakeModels();

/** Fails the first two times. */
function failTwice(status: number, headers = {}): Behaviour {
  return (request, response, n) =>
    n <= 2 ? sendJson(response, status, {}, headers) : answer(request, response, n);
}

/** What is repeated, and what is not. */
export function providerRepeatCases(fixture: HttpProviderFixture): ConformanceSuite {
  return [
    ...[408, 429, 500, 503, 529].map((status) =>
      providerCase(
        fixture,
        `repeats what failed with ${status}, and answers`,
        failTwice(status),
        async ({ ask, server }) => {
          assert.match((await ask()).message.content, /7 degrees/);
          assert.equal(server.seen.length, 3);
        },
      ),
    ),
    providerCase(
      fixture,
      'waits as long as the server asks for',
      failTwice(429, { 'retry-after-ms': '0' }),
      async ({ ask }) => {
        assert.match((await ask()).message.content, /7 degrees/);
      },
      { retry: { times: 2, delayMs: 60_000, maxWaitMs: 60_000 } },
    ),
    providerCase(
      fixture,
      'repeats nothing that is to wait for too long, and says how long',
      failing(429, {}, { 'retry-after': '3600' }),
      async ({ ask, server }) => {
        const { details } = await failsWith(ask(), 'AF_MODEL_RATE_LIMITED');
        assert.equal(details['retryAfterMs'], 3_600_000);
        assert.equal(server.seen.length, 1);
      },
    ),
    providerCase(
      fixture,
      'repeats no more often than it is told to',
      failing(500, {}),
      async ({ ask, server }) => {
        await failsWith(ask(), 'AF_MODEL_OVERLOADED');
        assert.equal(server.seen.length, 3);
      },
    ),
    providerCase(fixture, 'does not repeat what the server refused', failing(400, {}), async (open) => {
      await failsWith(open.ask(), 'AF_MODEL_REQUEST_INVALID');
      assert.equal(open.server.seen.length, 1);
    }),
    providerCase(
      fixture,
      'repeats a stream that broke before it said anything',
      (request, response, n) => {
        if (n > 1) answer(request, response, n);
        else {
          openStream(response);
          response.write(': nothing yet\n\n', () => response.destroy());
        }
      },
      async ({ stream, server }) => {
        const { texts, response } = await stream();
        assert.ok(response);
        assert.equal(texts.join(''), response.message.content);
        assert.equal(server.seen.length, 2);
      },
    ),
    providerCase(
      fixture,
      'stops waiting when the call is aborted',
      failing(500, {}),
      async ({ ask, server }) => {
        const controller = new AbortController();
        const reason = new Error('enough');
        const call = ask({}, controller.signal);
        while (server.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
        setTimeout(() => controller.abort(reason), 20);
        await assert.rejects(call, (error) => error === reason);
      },
      { retry: { times: 2, delayMs: 60_000, maxWaitMs: 60_000 } },
    ),
    providerCase(
      fixture,
      'says again at once what met a connection closed in the meantime',
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
      { retry: { times: 0, delayMs: 1, maxWaitMs: 1 } },
    ),
    providerCase(
      fixture,
      'leaves a model alone that failed several times in a row, and tries again later',
      (request, response, n) => (n <= 2 ? sendJson(response, 500, {}) : answer(request, response, n)),
      async ({ ask, server }) => {
        await failsWith(ask(), 'AF_MODEL_OVERLOADED');
        await failsWith(ask(), 'AF_MODEL_OVERLOADED');
        await failsWith(ask(), 'AF_MODEL_CIRCUIT_OPEN', /failed 2 times/);
        assert.equal(server.seen.length, 2, 'it was asked all the same');
        await new Promise((resolve) => setTimeout(resolve, 60));
        assert.match((await ask()).message.content, /7 degrees/);
      },
      { retry: { times: 0, delayMs: 1, maxWaitMs: 1 }, circuit: { failures: 2, resetMs: 50 } },
    ),
  ];
}
