import assert from 'node:assert/strict';
import type { HttpRequest } from '@agent-factory/sdk/contracts';
import type { Json, JsonObject } from '@agent-factory/sdk';
import { bootApi, route, routesPlugin, type TestApi } from './support/boot-api.ts';
import { post, problemIn, sendRaw } from './support/raw-http.ts';

const echo = async ({ params, query, body }: HttpRequest) => ({ body: { params, query, body } });

const listQuery = {
  type: 'object',
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    deep: { type: 'boolean' },
    tag: { type: 'array', items: { type: 'string' } },
  },
  additionalProperties: false,
};

const routes = [
  route('/api/v1/things', { query: listQuery, handler: echo }),
  route('/api/v1/things', {
    method: 'POST',
    body: {
      type: 'object',
      properties: { name: { type: 'string' }, size: { type: 'integer' }, more: { type: 'object' } },
      required: ['name'],
      additionalProperties: false,
    },
    responses: { 201: { description: 'Made.' } },
    handler: echo,
  }),
  route('/api/v1/things/{id}', { handler: echo }),
  route('/api/v1/things/{id}/parts/{part}', {
    params: { type: 'object', properties: { part: { type: 'integer' } } },
    handler: echo,
  }),
  route('/api/v1/things/newest', { handler: async () => ({ body: 'the newest' }) }),
  route('/api/v1/things/{id}', {
    method: 'DELETE',
    responses: { 204: { description: 'Gone.' } },
    handler: async () => ({ body: null }),
  }),
  route('/{top}', { handler: echo }),
  route('/api/v1/headers', { handler: async ({ headers }) => ({ body: headers }) }),
  route('/api/v1/identity', {
    handler: async ({ requestId, principal }) => ({
      body: { requestId, principal: principal as unknown as Json },
    }), // plain data
  }),
  route('/api/v1/page', {
    responses: { 200: { description: 'A page.', contentType: 'text/csv; charset=utf-8' } },
    handler: async () => ({ body: 'a,b\n', headers: { 'content-disposition': 'inline' } }),
  }),
];

describe('routes of the HTTP API', () => {
  let api: TestApi;
  before(async () => {
    api = await bootApi([routesPlugin('things', ...routes)]);
  });
  after(() => api.close());

  const get = async (path: string): Promise<{ params: JsonObject; query: JsonObject; body: Json }> => {
    const response = await fetch(api.url + path);
    assert.equal(response.status, 200, path);
    return (await response.json()) as never; // what the echoing handler sends
  };

  it('answer with JSON, its length, and headers that keep it from caches and sniffing', async () => {
    const response = await fetch(`${api.url}/api/v1/things/7`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(response.headers.get('x-powered-by'), null);
    const text = await response.text();
    assert.equal(response.headers.get('content-length'), String(Buffer.byteLength(text)));
    assert.deepEqual(JSON.parse(text), { params: { id: '7' }, query: {}, body: null });
  });

  it('convert the query by its schema and fill in defaults', async () => {
    assert.deepEqual((await get('/api/v1/things')).query, { limit: 50 });
    assert.deepEqual((await get('/api/v1/things?limit=5&deep=true')).query, { limit: 5, deep: true });
  });

  it('take a list parameter once or several times', async () => {
    assert.deepEqual((await get('/api/v1/things?tag=a')).query, { limit: 50, tag: ['a'] });
    assert.deepEqual((await get('/api/v1/things?tag=a&tag=b')).query, { limit: 50, tag: ['a', 'b'] });
  });

  it('refuse a single parameter given twice, an unknown one, and one of the wrong type', async () => {
    const problem = await problemIn(
      await fetch(`${api.url}/api/v1/things?limit=1&limit=2&depe=true&deep=maybe`),
    );
    assert.equal(problem.code, 'AF_HTTP_REQUEST_INVALID');
    assert.deepEqual(problem.errors?.map(({ pointer }) => pointer).sort(), [
      '/query/deep',
      '/query/depe',
      '/query/limit',
    ]);
    assert.equal(
      problem.errors?.find(({ pointer }) => pointer === '/query/depe')?.fix,
      'Did you mean "deep"?',
    );
  });

  it('hand no query to a route that declares none', async () => {
    assert.deepEqual((await get('/api/v1/things/7?a=1')).query, {});
  });

  it('decode parameters, and leave them text however their schema types them', async () => {
    assert.deepEqual((await get('/api/v1/things/a%2Fb%20c')).params, { id: 'a/b c' });
    assert.deepEqual((await get('/api/v1/things/7/parts/12')).params, { id: '7', part: '12' });
    const problem = await problemIn(await fetch(`${api.url}/api/v1/things/7/parts/twelve`));
    assert.deepEqual(
      problem.errors?.map(({ pointer }) => pointer),
      ['/params/part'],
    );
  });

  it('prefer a fixed path to a parameter, wherever it stands in the list', async () => {
    assert.equal(await (await fetch(`${api.url}/api/v1/things/newest`)).json(), 'the newest');
  });

  it('may begin with a parameter', async () => {
    assert.deepEqual((await get('/hello')).params, { top: 'hello' });
  });

  it('answer with the declared success status', async () => {
    const response = await post(`${api.url}/api/v1/things`, { name: 'nut', size: 3 });
    assert.equal(response.status, 201);
    assert.deepEqual(((await response.json()) as { body: unknown }).body, { name: 'nut', size: 3 });
  });

  it('send no body and no length with 204', async () => {
    const answer = await sendRaw(
      api.port,
      'DELETE /api/v1/things/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 204 /);
    assert.doesNotMatch(answer, /content-length|transfer-encoding/i);
    assert.ok(answer.endsWith('\r\n\r\n'));
  });

  it('send text of a declared media type as it is', async () => {
    const response = await fetch(`${api.url}/api/v1/page`);
    assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.equal(response.headers.get('content-disposition'), 'inline');
    assert.equal(await response.text(), 'a,b\n');
  });

  it('answer HEAD like GET without a body', async () => {
    const response = await fetch(`${api.url}/api/v1/things/7`, { method: 'HEAD' });
    assert.equal(response.status, 200);
    assert.ok(Number(response.headers.get('content-length')) > 10);
    assert.equal(await response.text(), '');
  });

  it('answer OPTIONS with the methods there are', async () => {
    const response = await fetch(`${api.url}/api/v1/things/7`, { method: 'OPTIONS' });
    assert.equal(response.status, 204);
    assert.deepEqual(response.headers.get('allow')?.split(', ').sort(), ['DELETE', 'GET', 'HEAD', 'OPTIONS']);
  });

  it('accept a target in absolute form, and a trailing slash', async () => {
    const answer = await sendRaw(
      api.port,
      'GET http://localhost/api/v1/things/7/?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 200 /);
  });

  it('take a request id that is given, and make one otherwise', async () => {
    const given = await fetch(`${api.url}/api/v1/identity`, { headers: { 'x-request-id': 'client-1.a' } });
    assert.equal(given.headers.get('x-request-id'), 'client-1.a');
    const seen = (await given.json()) as JsonObject;
    assert.deepEqual(seen, {
      requestId: 'client-1.a',
      principal: { id: 'local', tenant: 'default', kind: 'local', permissions: ['*'] },
    });
    for (const bad of ['with space', 'x'.repeat(65), '"quoted"']) {
      const made = await fetch(`${api.url}/api/v1/identity`, { headers: { 'x-request-id': bad } });
      assert.match(made.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
      assert.equal(((await made.json()) as JsonObject)['requestId'], made.headers.get('x-request-id'));
    }
  });

  it('show handlers the headers, but no credentials', async () => {
    const headers = { authorization: 'Bearer token-1', cookie: 'a=1', 'x-mine': 'yes' };
    const response = await fetch(`${api.url}/api/v1/headers`, { headers });
    const text = await response.text();
    assert.doesNotMatch(text, /token-1|a=1/);
    assert.equal((JSON.parse(text) as JsonObject)['x-mine'], 'yes');
  });

  it('survive absurd headers', async () => {
    const many = Array.from({ length: 500 }, (_, at) => `X-${at}: ${at}\r\n`).join('');
    const answer = await sendRaw(
      api.port,
      `GET /api/v1/headers HTTP/1.1\r\nHost: localhost\r\n__proto__: evil\r\nConstructor: evil\r\n${many}Connection: close\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.equal(({} as Record<string, unknown>)['evil'], undefined);
    const huge = await sendRaw(
      api.port,
      `GET /api/v1/headers HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    );
    assert.match(huge, /^HTTP\/1\.1 431 [\s\S]*AF_HTTP_HEADERS_TOO_LARGE/);
  });

  it('are served with those of the platform itself', async () => {
    const health = (await (await fetch(`${api.url}/api/v1/health`)).json()) as JsonObject;
    assert.equal(health['status'], 'ok');
    const plugins = (await (await fetch(`${api.url}/api/v1/plugins`)).json()) as {
      plugins: { id: string }[];
    };
    assert.deepEqual(plugins.plugins.map(({ id }) => id).sort(), ['http-api', 'things']);
  });
});
