import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { Secret } from '@agent-factory/sdk';
import type { ConformanceSuite } from '@agent-factory/sdk/testing';
import { failing, sendJson } from './model-server.ts';
import { failsWith, providerCase, testProviderConfig, type HttpProviderFixture } from './provider-case.ts';

const once1 = { ...testProviderConfig, retry: { times: 0, delayMs: 1, maxWaitMs: 1 } };

/** What a server may say, and what it is told as. */
const statuses: readonly (readonly [status: number, body: object, code: string, message: RegExp])[] = [
  [401, { error: { message: 'Incorrect API key' } }, 'AF_MODEL_AUTH', /Incorrect API key/],
  [403, { error: { message: 'No access' } }, 'AF_MODEL_AUTH', /No access/],
  [400, { error: { message: 'Bad schema' } }, 'AF_MODEL_REQUEST_INVALID', /Bad schema/],
  [404, { error: 'model "x" not found' }, 'AF_MODEL_NOT_FOUND', /model "x" not found/],
  [422, { detail: 'messages missing' }, 'AF_MODEL_REQUEST_INVALID', /messages missing/],
  [429, { error: { message: 'Slow down' } }, 'AF_MODEL_RATE_LIMITED', /Slow down/],
  [429, { error: { message: 'Pay', code: 'insufficient_quota' } }, 'AF_MODEL_QUOTA', /Pay/],
  [402, { error: { message: 'Insufficient credits' } }, 'AF_MODEL_QUOTA', /credits/],
  [400, { error: { message: 'Long', code: 'context_length_exceeded' } }, 'AF_MODEL_CONTEXT_OVERFLOW', /Long/],
  [
    400,
    { error: { message: 'prompt is too long: 9 tokens > 8 maximum' } },
    'AF_MODEL_CONTEXT_OVERFLOW',
    /9 tokens/,
  ],
  [413, { error: { message: 'Too big', type: 'request_too_large' } }, 'AF_MODEL_CONTEXT_OVERFLOW', /Too big/],
  [400, { error: { message: 'Unsafe', code: 'content_filter' } }, 'AF_MODEL_CONTENT_FILTERED', /Unsafe/],
  [500, { error: { message: 'Oops' } }, 'AF_MODEL_OVERLOADED', /Oops/],
  [503, {}, 'AF_MODEL_OVERLOADED', /HTTP 503/],
  [
    529,
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    'AF_MODEL_OVERLOADED',
    /529/,
  ],
  [302, {}, 'AF_MODEL_RESPONSE_INVALID', /sends the request on/],
];

/** How failures before an answer are told. */
export function providerFailureCases(fixture: HttpProviderFixture): ConformanceSuite {
  return [
    ...statuses.map(([status, body, code, message]) =>
      providerCase(
        fixture,
        `tells a ${status} (${JSON.stringify(body)}) as ${code}`,
        failing(status, body, status === 302 ? { location: 'http://elsewhere.example/' } : {}),
        async ({ ask, server }) => {
          await failsWith(ask(), code, message);
          assert.equal(server.seen.length, 1);
        },
        once1,
      ),
    ),

    ...(
      [
        [{ 'retry-after': '7' }, 7000],
        [{ 'retry-after-ms': '1500', 'retry-after': '7' }, 1500],
        [{ 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }, 3_600_000],
      ] as const
    ).map(([headers, ms]) =>
      providerCase(
        fixture,
        `reads how long it is to wait from ${JSON.stringify(Object.keys(headers))}, about ${ms} ms`,
        failing(429, {}, headers),
        async ({ ask }) => {
          const { details } = await failsWith(ask(), 'AF_MODEL_RATE_LIMITED');
          assert.ok(Math.abs(Number(details['retryAfterMs']) - ms) < 60_000, String(details['retryAfterMs']));
        },
        once1,
      ),
    ),

    providerCase(
      fixture,
      'tells a failure inside an answer with status 200',
      failing(200, { error: { message: 'Upstream gone', code: 502 } }),
      async ({ ask }) => void (await failsWith(ask(), 'AF_MODEL_OVERLOADED', /Upstream gone/)),
      once1,
    ),

    providerCase(
      fixture,
      'keeps the page of a proxy short and readable',
      (_request, response) => {
        response.writeHead(502, { 'content-type': 'text/html' });
        response.end(`<html><style>p { }</style><h1>Bad gateway</h1>${'<p>x</p>'.repeat(9999)}</html>`);
      },
      async ({ ask }) => {
        const error = await failsWith(ask(), 'AF_MODEL_OVERLOADED', /: Bad gateway x x/);
        assert.ok(error.message.length < 700);
      },
      once1,
    ),

    providerCase(
      fixture,
      'never shows the key, even if the server sends it back',
      ({ headers }, response) =>
        sendJson(response, 401, { error: { message: `No: ${JSON.stringify(headers)}` } }),
      async ({ ask, provider }) => {
        const error = await failsWith(ask(), 'AF_MODEL_AUTH', /\[redacted\]/);
        const shown = inspect(error, { depth: 9 }) + JSON.stringify(error) + inspect(provider, { depth: 9 });
        assert.doesNotMatch(shown, /sk-secret|header-secret/);
      },
      { apiKey: new Secret('sk-secret-1'), headers: { 'x-key': new Secret('header-secret') } },
    ),

    {
      name: 'tells when nothing listens',
      run: async () => {
        const provider = fixture.create('http://127.0.0.1:1', { ...once1, baseUrl: 'http://127.0.0.1:1' });
        const request = { model: 'm', messages: [] };
        const call = provider.model.generate(request, { signal: new AbortController().signal });
        await failsWith(call, 'AF_MODEL_CONNECTION', /nothing listens there/);
        provider.close();
      },
    },

    onRawServer(
      fixture,
      'tells when what answers is no HTTP',
      'http',
      'AF_MODEL_RESPONSE_INVALID',
      /no HTTP/,
    ),
    onRawServer(fixture, 'tells when what answers speaks no TLS', 'https', 'AF_MODEL_TLS', /\w/),
  ];
}

function onRawServer(
  fixture: HttpProviderFixture,
  name: string,
  protocol: 'http' | 'https',
  code: string,
  message: RegExp,
): ConformanceSuite[number] {
  const run = async (): Promise<void> => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {}).end('SSH-2.0-OpenSSH\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
    const provider = fixture.create(origin, { ...once1, baseUrl: origin });
    const request = { model: 'm', messages: [] };
    await failsWith(
      provider.model.generate(request, { signal: new AbortController().signal }),
      code,
      message,
    );
    provider.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { name, run };
}
