import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { defineErrors } from '@agent-factory/sdk';
import { bootApi, route, routesPlugin, type TestApi } from './support/boot-api.ts';
import { problemIn, sendRaw } from './support/raw-http.ts';

const errors = defineErrors({
  AF_TEST_TEAPOT: { message: 'The pot is short and {adjective}.', fix: 'Tip it.', status: 418 },
});

/** Signals of handlers that wait, by request id. */
const waiting = new Map<string, AbortSignal>();
let arrived = Promise.withResolvers<void>();

const routes = [
  route('/api/v1/things', {
    method: 'POST',
    body: { type: 'object' },
    handler: async ({ body }) => ({ body }),
  }),
  route('/api/v1/things/{id}', {}),
  route('/api/v1/teapot', {
    handler: async () => Promise.reject(errors.AF_TEST_TEAPOT({ adjective: 'stout' })),
  }),
  route('/api/v1/crash', {
    handler: async () => Promise.reject(new Error('password=hunter2 in /srv/private')),
  }),
  route('/api/v1/crash-at-once', {
    handler: () => {
      throw new TypeError('hunter2');
    },
  }),
  route('/api/v1/http-error', {
    handler: async () =>
      Promise.reject(Object.assign(new Error('hunter2'), { status: 400, statusCode: 400 })),
  }),
  route('/api/v1/half-made', {
    handler: async () => Promise.reject(Object.assign(new Error('half'), { code: 'AF_X' })),
  }),
  route('/api/v1/nothing', { handler: async () => undefined as never }),
  route('/api/v1/bad-header', {
    handler: async () => ({ body: 1, headers: { 'x-bad': 'a\r\nSet-Cookie: b' } }),
  }),
  route('/api/v1/broken-schema', { query: { type: 'object', properties: { a: { type: 'nonsense' } } } }),
  route('/api/v1/never', {
    handler: ({ requestId, signal }) => {
      waiting.set(requestId, signal);
      arrived.resolve();
      return new Promise(() => {});
    },
  }),
];

describe('problems of the HTTP API', () => {
  let api: TestApi;
  before(async () => {
    api = await bootApi([routesPlugin('things', ...routes)], { requestTimeoutMs: 1000 });
  });
  after(() => api.close());
  const at = (path: string): string => `${api.url}/api/v1/${path}`;

  it('say what was wrong, what to do, and which request it was', async () => {
    const response = await fetch(at('teapot'), { headers: { 'x-request-id': 'tea-1' } });
    assert.deepEqual(await problemIn(response), {
      type: '/api/v1/errors/AF_TEST_TEAPOT',
      title: 'Test teapot',
      status: 418,
      detail: 'The pot is short and stout.',
      instance: 'urn:request:tea-1',
      code: 'AF_TEST_TEAPOT',
      fix: 'Tip it.',
      retryable: false,
    });
  });

  it('answer 404 to an unknown path and 405 to an unknown method, saying which would do', async () => {
    const unknown = await problemIn(await fetch(at('thingz')));
    assert.deepEqual([unknown.status, unknown.code], [404, 'AF_HTTP_NOT_FOUND']);
    const response = await fetch(at('things/7'), { method: 'PUT' });
    assert.equal(response.headers.get('allow'), 'HEAD, GET, OPTIONS');
    assert.equal((await problemIn(response)).code, 'AF_HTTP_METHOD_NOT_ALLOWED');
    assert.equal((await fetch(at('things/7'), { method: 'PROPFIND' })).status, 405);
  });

  it('answer 400 to broken percent-encoding in the path', async () => {
    const answer = await sendRaw(
      api.port,
      'GET /api/v1/things/%E0%A4%A HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 400 [\s\S]*AF_HTTP_PATH_MALFORMED/);
  });

  it('answer what is no HTTP with a problem document too', async () => {
    const answer = await sendRaw(api.port, 'HELLO\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*AF_HTTP_MALFORMED/);
  });

  it('answer 400 to HTTP/1.1 that names no host, and close the connection', async () => {
    for (const rest of ['\r\n', 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}']) {
      const answer = await sendRaw(api.port, `POST /api/v1/things HTTP/1.1\r\n${rest}`);
      assert.match(answer, /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*AF_HTTP_MALFORMED/);
      assert.match(answer, /connection: close/i);
      assert.match(answer, /it has no header Host\./);
    }
    assert.match(await sendRaw(api.port, 'GET /api/v1/health HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 421 /);
  });

  it('answer 421 to a foreign host, so that no page can reach the API by a name of its own', async () => {
    for (const host of [
      'evil.example',
      'evil.example:80',
      '127.0.0.1.evil.example',
      '10.0.0.1',
      'localhost@evil',
      '',
    ]) {
      const answer = await sendRaw(
        api.port,
        `GET /api/v1/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1\.1 421 /, host);
    }
    for (const host of ['localhost', 'LOCALHOST:1', '127.8.8.8', `[::1]:${api.port}`]) {
      const answer = await sendRaw(
        api.port,
        `GET /api/v1/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1\.1 200 /, host);
    }
  });

  it('answer 403 to a change asked for by a page of another site', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' },
    ];
    const status = (headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        // fetch would not send these headers.
        const all = { 'content-type': 'application/json', ...headers };
        const sent = httpRequest(at('things'), { method: 'POST', headers: all }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.once('error', reject).end('{"name":"a"}');
      });
    for (const headers of foreign) assert.equal(await status(headers), 403, JSON.stringify(headers));
    assert.equal(await status({ origin: api.url }), 200);
    assert.equal(await status({ 'sec-fetch-site': 'same-origin', origin: api.url }), 200);
  });

  for (const path of ['crash', 'crash-at-once', 'http-error', 'half-made', 'nothing', 'bad-header']) {
    it(`hide the words of an unexpected error (${path}) from the client, and log them`, async () => {
      const response = await fetch(at(path), { headers: { 'x-request-id': `hidden-${path}` } });
      const text = await response.clone().text();
      const problem = await problemIn(response);
      assert.deepEqual([problem.status, problem.code], [500, 'AF_HTTP_INTERNAL']);
      assert.doesNotMatch(text, /hunter2|private|\bat .*\.[jt]s|node_modules/);
      assert.match(problem.fix, new RegExp(`hidden-${path}`));
      const line = api.log.find((one) => one.includes(`hidden-${path}`)) ?? '';
      assert.match(line, /"level":"error"/);
      if (path === 'crash') assert.match(line, /problems\.test\.ts/);
    });
  }

  it('blame the plugin whose route has a broken schema', async () => {
    const problem = await problemIn(await fetch(at('broken-schema?a=1')));
    assert.deepEqual([problem.status, problem.code], [500, 'AF_HTTP_ROUTE_INVALID']);
    assert.match(problem.detail, /GET \/api\/v1\/broken-schema of things .*its schema is wrong/);
  });

  it('end a handler that never does, with 503 and an aborted signal', async () => {
    const response = await fetch(at('never'), { headers: { 'x-request-id': 'slow-1' } });
    assert.equal(response.headers.get('retry-after'), '1');
    const problem = await problemIn(response);
    assert.deepEqual([problem.status, problem.code, problem.retryable], [503, 'AF_HTTP_TIMEOUT', true]);
    assert.equal(waiting.get('slow-1')?.aborted, true);
  });

  it('abort the signal of a handler whose client leaves', async () => {
    arrived = Promise.withResolvers<void>();
    const client = new AbortController();
    const asked = fetch(at('never'), { headers: { 'x-request-id': 'gone-1' }, signal: client.signal });
    await arrived.promise;
    client.abort();
    await assert.rejects(asked);
    const signal = waiting.get('gone-1');
    assert.ok(signal);
    if (!signal.aborted) await once(signal, 'abort');
    assert.equal((signal.reason as { code: string }).code, 'AF_HTTP_CLIENT_LEFT');
  });

  it('are explained by code', async () => {
    const found = (await (await fetch(at('errors/AF_HTTP_BODY_TOO_LARGE'))).json()) as Record<
      string,
      unknown
    >;
    assert.equal(found['status'], 413);
    assert.equal((await problemIn(await fetch(at('errors/AF_NO_SUCH_CODE')))).code, 'AF_HTTP_ERROR_UNKNOWN');
    assert.equal((await problemIn(await fetch(at('errors/constructor')))).status, 400);
  });
});
