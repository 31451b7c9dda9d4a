import assert from 'node:assert/strict';
import { answersOf, get, made, send, things } from './support/batch-things.ts';
import { bootApi, type TestApi } from './support/boot-api.ts';
import { problemIn } from './support/raw-http.ts';

describe('a batch', () => {
  let api: TestApi;
  before(async () => {
    api = await bootApi([things]);
  });
  after(() => api?.close());
  const ask = async (...requests: readonly unknown[]) => answersOf(await send(api, requests));

  it('carries out its requests in order, and one that fails leaves the others alone', async () => {
    made.length = 0;
    const answers = await ask(
      { id: 'a', method: 'POST', path: '/api/v1/things', body: { name: 'first' } },
      { id: 'b', method: 'POST', path: '/api/v1/things', body: {} },
      { id: 'c', method: 'GET', path: '/api/v1/broken' },
      { id: 'd', method: 'GET', path: '/api/v1/missing' },
      { id: 'e', method: 'PUT', path: '/api/v1/things' },
      { id: 'f', method: 'GET', path: '/api/v1/things/%E0%A4%A' },
      { id: 'g', method: 'GET', path: '/api/v1/things' },
    );
    assert.deepEqual(
      answers.map(({ id, status, body: said }) => [id, status, Object(said)['code']]),
      [
        ['a', 201, undefined],
        ['b', 400, 'AF_HTTP_REQUEST_INVALID'],
        ['c', 500, 'AF_HTTP_INTERNAL'],
        ['d', 404, 'AF_HTTP_NOT_FOUND'],
        ['e', 405, 'AF_HTTP_METHOD_NOT_ALLOWED'],
        ['f', 400, 'AF_HTTP_PATH_MALFORMED'],
        ['g', 200, undefined],
      ],
    );
    assert.deepEqual(answers[6]?.body, { made: ['first'] });
    assert.equal(answers[0]?.headers['location'], '/api/v1/things/1');
    assert.match(answers[4]?.headers['allow'] ?? '', /POST/);
  });

  it('answers text, nothing, and what has not changed, as they are', async () => {
    const [page, nothing, tagged] = await ask(
      { ...get('/api/v1/page'), id: 'a' },
      { id: 'b', method: 'DELETE', path: '/api/v1/nothing' },
      { ...get('/api/v1/tagged'), id: 'c' },
    );
    assert.deepEqual([page?.body, page?.headers['content-type']], ['<p>', 'text/html; charset=utf-8']);
    assert.deepEqual([nothing?.status, nothing?.body], [204, null]);
    const headers = { 'if-none-match': tagged?.headers['etag'] ?? '' };
    const [again] = await ask(get('/api/v1/tagged', { headers }));
    assert.deepEqual([again?.status, again?.body], [304, null]);
  });

  it('gives each request an id that follows from its own, and no cookie', async () => {
    const response = await send(
      api,
      [get('/api/v1/health'), { id: 'two', method: 'POST', path: '/api/v1/leave' }],
      { 'x-request-id': 'mine' },
    );
    const [first, second] = await answersOf(response);
    assert.deepEqual([first?.headers['x-request-id'], second?.headers['x-request-id']], ['mine.1', 'mine.2']);
    assert.deepEqual([second?.status, second?.headers['set-cookie']], [200, undefined]);
  });

  it('asks for neither streams, logins nor batches, and begins none', async () => {
    made.length = 0;
    const [stream, login, batch] = await ask(
      get('/api/v1/events', { id: 'a' }),
      { id: 'b', method: 'POST', path: '/api/v1/login' },
      { id: 'c', method: 'POST', path: '/api/v1/batch', body: { requests: [get('/api/v1/health')] } },
    );
    for (const one of [stream, login, batch])
      assert.deepEqual([one?.status, one?.body['code']], [400, 'AF_HTTP_BATCH_UNFIT']);
    assert.deepEqual(made, []);
  });

  it('begins nothing more once its answers are large, and says which that is', async () => {
    const answers = await ask(...['a', 'b', 'c', 'd'].map((id) => get('/api/v1/large', { id })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 503],
    );
    assert.deepEqual([answers[3]?.body['code'], answers[3]?.body['retryable']], ['AF_HTTP_BATCH_FULL', true]);
  });

  it('has the time of one request', async () => {
    const hasty = await bootApi([things], { requestTimeoutMs: 1000 });
    try {
      const problem = await problemIn(await send(hasty, [get('/api/v1/slow')]));
      assert.deepEqual([problem.status, problem.code], [503, 'AF_HTTP_TIMEOUT']);
    } finally {
      await hasty.close();
    }
  });

  describe('is refused as a whole, and nothing of it is carried out, where a request', () => {
    const first = { id: 'first', method: 'POST', path: '/api/v1/things', body: { name: 'never' } };
    const wrong: Readonly<Record<string, object>> = {
      'is for a door of others': get('/v1/models'),
      'is for the door of tools': get('/mcp'),
      'is for another server': get('http://evil.example/api/v1/health'),
      'is for another server without a scheme': get('//evil.example/api/v1/health'),
      'has a path with an empty part': get('/api/v1//things'),
      'goes up': get('/api/v1/../v1/models'),
      'goes up at its end': get('/api/v1/things/..'),
      'goes up in disguise': get('/api/v1/%2e%2E/v1/models'),
      'stays where it is': get('/api/v1/./things'),
      'has a backslash': get('/api/v1\\..\\v1/models'),
      'has a fragment': get('/api/v1/things#x'),
      'has a line break': get('/api/v1/things\r\nx-tenant: globex'),
      'begins beside the API': get('/api/v1x/things'),
      'names another tenant': get('/api/v1/things', { headers: { 'x-tenant': 'globex' } }),
      'names another caller': get('/api/v1/things', { headers: { authorization: 'Bearer ann' } }),
      'brings a cookie': get('/api/v1/things', { headers: { cookie: 'name=ann' } }),
      'comes from another address': get('/api/v1/things', { headers: { 'x-forwarded-for': '10.0.0.1' } }),
      'names another host': get('/api/v1/things', { headers: { Host: 'evil.example' } }),
      'has another method': get('/api/v1/things', { method: 'TRACE' }),
      'has the id of another': get('/api/v1/things', { id: 'first' }),
    };
    for (const [what, one] of Object.entries(wrong))
      it(what, async () => {
        made.length = 0;
        const problem = await problemIn(await send(api, [first, one]));
        assert.deepEqual([problem.status, problem.code], [400, 'AF_HTTP_REQUEST_INVALID']);
        assert.match(problem.errors?.[0]?.pointer ?? '', /^\/body\/requests\/1\//);
        assert.deepEqual(made, []);
      });

    it('is one of more than 50, or there is none', async () => {
      for (const count of [0, 51]) {
        const many = Array.from({ length: count }, (_one, at) => get('/api/v1/health', { id: `n${at}` }));
        assert.equal((await problemIn(await send(api, many))).code, 'AF_HTTP_REQUEST_INVALID');
      }
    });
  });
});
