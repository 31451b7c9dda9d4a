import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { waitFor, type ConformanceSuite } from '@agent-factory/sdk/testing';
import { openStream, writeEvents, type Behaviour } from './model-server.ts';
import { failsWith, providerCase, testProviderConfig, type HttpProviderFixture } from './provider-case.ts';

const timeouts = (short: object): { timeouts: typeof testProviderConfig.timeouts } => ({
  timeouts: { ...testProviderConfig.timeouts, ...short },
});
const once1 = { retry: { times: 0, delayMs: 1, maxWaitMs: 1 } };

/** How silence, broken streams and senseless answers are told, and what reaches the socket. */
export function providerStreamCases(fixture: HttpProviderFixture): ConformanceSuite {
  const say = (response: ServerResponse, text: string): void => writeEvents(response, fixture.opening(text));
  const begin =
    (then: (response: ServerResponse) => void = () => {}): Behaviour =>
    (_request, response) => {
      openStream(response);
      say(response, 'Well');
      then(response);
    };

  return [
    providerCase(
      fixture,
      'gives up on a server that stays silent',
      () => {},
      async ({ ask, server }) => {
        await failsWith(ask(), 'AF_MODEL_TIMEOUT', /did not begin to answer within 30 ms/);
        assert.equal(server.seen.length, 1, 'another wait as long was begun');
      },
      timeouts({ firstByteMs: 30 }),
    ),
    providerCase(
      fixture,
      'gives up on a stream that goes silent',
      begin(),
      async ({ stream }) => {
        const { texts, error } = await stream();
        assert.equal(texts.join(''), 'Well');
        assert.equal(error?.code, 'AF_MODEL_TIMEOUT');
        assert.match(error.message, /go on with its answer/);
      },
      timeouts({ idleMs: 50 }),
    ),
    providerCase(
      fixture,
      'gives up on an answer that never ends, however lively it is',
      begin((response) => {
        const timer = setInterval(() => response.write(': still here\n\n'), 5);
        response.on('close', () => clearInterval(timer));
      }),
      async ({ stream }) => {
        const { error } = await stream();
        assert.equal(error?.code, 'AF_MODEL_TIMEOUT');
        assert.match(error.message, /end its answer within 120 ms/);
      },
      timeouts({ totalMs: 120, idleMs: 60_000 }),
    ),
    providerCase(
      fixture,
      'closes the connection when it is aborted',
      () => {},
      async ({ ask, server }) => {
        const controller = new AbortController();
        const call = ask({}, controller.signal).catch(() => 'aborted');
        const { socket } = await waitFor('the request', () => server.seen[0]);
        const closed = once(socket, 'close');
        controller.abort();
        assert.equal(await call, 'aborted');
        await closed;
      },
    ),
    providerCase(
      fixture,
      'closes the connection when the reader of a stream leaves',
      begin(),
      async (open) => {
        const { signal } = new AbortController();
        for await (const chunk of open.provider.model.stream({ model: 'm', messages: [] }, { signal })) {
          if (chunk.type === 'text') break;
        }
        const { socket } = await waitFor('the request', () => open.server.seen[0]);
        if (!socket.destroyed) await once(socket, 'close');
      },
    ),
    providerCase(
      fixture,
      'tells a stream that is cut, and repeats none that had said something',
      begin((response) => setTimeout(() => response.destroy(), 20)),
      async ({ stream, server }) => {
        const { texts, error } = await stream();
        assert.equal(texts.join(''), 'Well');
        assert.equal(error?.code, 'AF_MODEL_STREAM_BROKEN');
        assert.equal(server.seen.length, 1);
      },
    ),
    providerCase(
      fixture,
      'tells a stream that ends before the answer does',
      begin((response) => response.end()),
      async ({ stream }) => {
        assert.equal((await stream()).error?.code, 'AF_MODEL_STREAM_BROKEN');
      },
    ),
    providerCase(
      fixture,
      'tells a failure in the middle of a stream',
      begin((response) =>
        setTimeout(() => (writeEvents(response, [fixture.failure.event]), response.end()), 20),
      ),
      async ({ stream }) => {
        const { texts, error } = await stream();
        assert.equal(texts.join(''), 'Well');
        assert.equal(error?.code, fixture.failure.code, String(error));
      },
    ),
    ...senseless(fixture, say),
  ];
}

function senseless(
  fixture: HttpProviderFixture,
  say: (response: ServerResponse, text: string) => void,
): ConformanceSuite {
  const refuse = (name: string, behave: Behaviour, message: RegExp): ConformanceSuite[number] =>
    providerCase(fixture, `refuses ${name}`, behave, async ({ ask }) => {
      await failsWith(ask(), 'AF_MODEL_RESPONSE_INVALID', message);
    });
  const page: Behaviour = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><p>Welcome');
  };
  return [
    refuse('a page', page, /no JSON, it begins with: <!doctype/),
    providerCase(fixture, 'refuses a page in place of a stream', page, async ({ stream }) => {
      assert.equal((await stream()).error?.code, 'AF_MODEL_RESPONSE_INVALID');
    }),
    refuse('nothing', (_request, response) => response.end(), /it is empty/),
    refuse('a number', (_request, response) => response.end('7'), /no JSON object/),
    refuse(
      'an object without an answer',
      (_request, response) => response.end('{"id":"x"}'),
      /holds no message/,
    ),
    providerCase(
      fixture,
      'refuses JSON that is cut within an event',
      (_request, response) => {
        openStream(response);
        say(response, 'Well');
        response.end('data: {"type":"text","choices":[\n\n');
      },
      async ({ stream }) => {
        assert.equal((await stream()).error?.code, 'AF_MODEL_RESPONSE_INVALID');
      },
    ),
    providerCase(
      fixture,
      'refuses a stream without end, in one event',
      (_request, response) => {
        openStream(response);
        const megabyte = 'x'.repeat(1024 * 1024);
        const more = (): void => {
          while (!response.destroyed && response.write(megabyte));
        };
        response.on('drain', more).write('data: ');
        more();
      },
      async ({ stream }) => {
        const { error } = await stream();
        assert.equal(error?.code, 'AF_MODEL_RESPONSE_INVALID');
        assert.match(error.message, /too long/);
      },
    ),
    providerCase(
      fixture,
      'tells an answer that is cut in the middle',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
        response.write('{"choices":', () => response.destroy());
      },
      async ({ ask }) => void (await failsWith(ask(), 'AF_MODEL_STREAM_BROKEN')),
      once1,
    ),
    ...(fixture.brokenCall
      ? [
          providerCase(
            fixture,
            'hands on arguments that are no JSON as they were written',
            (_request, response) => response.end(JSON.stringify(fixture.brokenCall)),
            async ({ ask }) => {
              const call = (await ask()).message.toolCalls?.[0];
              assert.deepEqual(call?.input, {});
              assert.match(call?.malformed ?? '', /^\{"city":/);
            },
          ),
        ]
      : []),
  ];
}
