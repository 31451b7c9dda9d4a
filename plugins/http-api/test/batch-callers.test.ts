import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { AuditLog, TenantStorage } from '@agent-factory/sdk/contracts';
import { answersOf, get, made, send, things } from './support/batch-things.ts';
import { apiFolder, bootApi, type TestApi } from './support/boot-api.ts';
import { names } from './support/names.ts';
import { post, problemIn } from './support/raw-http.ts';

describe('a batch where a login is asked for', () => {
  let api: TestApi;
  before(async () => {
    const rules = [
      { by: 'user', classes: ['read'], limit: 3, seconds: 600 },
      { by: 'user', classes: ['write'], limit: 100, seconds: 600 },
    ];
    const plugins = dirname(apiFolder.replace(/\/$/, ''));
    const real = ['storage-sqlite', 'audit-sql', 'idempotency-sql'].map((one) => join(plugins, one));
    api = await bootApi([names, things], { rateLimits: rules }, [...real, 'names', 'things']);
    for (const tenant of ['acme', 'globex']) await api.kernel.use(TenantStorage).create(tenant);
  });
  after(() => api?.close());
  const as = (who: string, requests: readonly unknown[], headers: Record<string, string> = {}) =>
    send(api, requests, { authorization: `Bearer ${who}`, ...headers });

  it('lets a request do what its caller may do, and no more', async () => {
    const [seven, eight, make] = await answersOf(
      await as('ben', [
        get('/api/v1/things/7', { id: 'a' }),
        get('/api/v1/things/8', { id: 'b' }),
        { id: 'c', method: 'POST', path: '/api/v1/things', body: { name: 'x' } },
      ]),
    );
    assert.deepEqual([seven?.status, seven?.body['who'], seven?.body['tenant']], [200, 'ben', 'acme']);
    for (const one of [eight, make])
      assert.deepEqual([one?.status, one?.body['code']], [403, 'AF_ACCESS_DENIED']);
    assert.equal(Object(seven?.body['headers'])['authorization'], undefined);
  });

  it('is nobody’s who proves nothing', async () => {
    const problem = await problemIn(await send(api, [get('/api/v1/health')]));
    assert.equal(problem.code, 'AF_ACCESS_NO_CREDENTIAL');
  });

  it('is refused to a page of another site that brings a cookie along', async () => {
    const cookie = { cookie: 'name=ann', origin: 'https://evil.example' };
    const problem = await problemIn(await send(api, [get('/api/v1/things/1')], cookie));
    assert.equal(problem.code, 'AF_HTTP_CROSS_SITE');
    const [own] = await answersOf(await send(api, [get('/api/v1/things/1')], { cookie: 'name=ann' }));
    assert.deepEqual([own?.status, own?.body['who']], [200, 'ann']);
  });

  it('counts each request towards the limits of its class', async () => {
    const answers = await answersOf(
      await as(
        'cleo',
        Array.from({ length: 5 }, (_one, at) => get('/api/v1/things/1', { id: `n${at}` })),
      ),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 429, 429],
    );
    assert.match(answers[0]?.headers['ratelimit'] ?? '', /"user-read";r=2/);
    assert.ok(Number(answers[3]?.headers['retry-after']) > 0);
  });

  it('carries out a request with a key once, whether it comes in a batch or alone', async () => {
    made.length = 0;
    const headers = { 'idempotency-key': 'k1' };
    const request = { id: 'a', method: 'POST', path: '/api/v1/things', headers, body: { name: 'once' } };
    const [first] = await answersOf(await as('ann', [request]));
    const [second] = await answersOf(await as('ann', [request]));
    const alone = await post(
      `${api.url}/api/v1/things`,
      { name: 'once' },
      { authorization: 'Bearer ann', ...headers },
    );
    assert.deepEqual(
      [first?.status, second?.status, second?.headers['idempotent-replayed'], alone.status],
      [201, 201, 'true', 201],
    );
    assert.deepEqual(made, ['once']);
  });

  it('with a key of its own keeps no answers, which may be shown once', async () => {
    made.length = 0;
    const request = { id: 'a', method: 'POST', path: '/api/v1/things', body: { name: 'kept' } };
    const key = { 'idempotency-key': 'batch' };
    await answersOf(await as('ann', [request], key));
    assert.equal((await problemIn(await as('ann', [request], key))).code, 'AF_HTTP_IDEMPOTENCY_DONE');
    assert.deepEqual(made, ['kept']);
  });

  it('leaves an entry in the audit log for itself and for each change and refusal in it', async () => {
    const change = { id: 'a', method: 'POST', path: '/api/v1/things', body: { name: 'noted' } };
    await answersOf(
      await as('ann', [change, get('/api/v1/batch', { id: 'b' })], { 'x-request-id': 'noted' }),
    );
    await answersOf(
      await as('ben', [{ ...change, id: 'c' }, get('/api/v1/things/7', { id: 'd' })], {
        'x-request-id': 'refused',
      }),
    );
    const page = await api.kernel.use(AuditLog).chain('acme').list({ limit: 50 });
    const about = page
      .filter(({ requestId }) => /^(noted|refused)/.test(requestId))
      .map(({ requestId, action, outcome, who }) => `${requestId} ${action} ${outcome} ${who}`);
    assert.deepEqual(about.sort(), [
      'noted sendBatch done ann',
      'noted.1 postApiV1Things done ann',
      'refused sendBatch done ben',
      'refused.1 postApiV1Things refused ben',
    ]);
  });
});
