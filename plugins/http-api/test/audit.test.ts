import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import {
  accessErrors,
  AuditLog,
  Authenticator,
  HttpRoute,
  Permission,
  Storage,
  TenantStorage,
  type AuditRecord,
  type Principal,
} from '@agent-factory/sdk/contracts';
import { testPlugin } from '@agent-factory/sdk/testing';
import { apiFolder, bootApi, route, type TestApi } from './support/boot-api.ts';

const plugins = dirname(apiFolder.replace(/\/$/, ''));
const real = [join(plugins, 'storage-sqlite'), join(plugins, 'audit-sql')];

const credential = { scheme: 'name', id: 'k1' };
const people: Readonly<Record<string, Principal>> = {
  ann: { id: 'ann', tenant: 'default', kind: 'user', credential, permissions: ['tests:all', 'tests:run'] },
  ben: { id: 'ben', tenant: 'default', kind: 'user', permissions: [] },
  cleo: { id: 'cleo', tenant: 'gone', kind: 'user', permissions: ['tests:all'] },
};

let broken: Promise<never> | undefined;
const things = testPlugin('things', [Authenticator, HttpRoute, Permission], (ctx) => {
  ctx.contribute(Permission, { name: 'tests:all', description: 'All of a test.', roles: [] });
  ctx.contribute(Permission, {
    name: 'tests:run',
    description: 'Of the platform.',
    roles: [],
    scope: 'platform',
  });
  ctx.contribute(Authenticator, {
    scheme: 'name',
    security: { type: 'http', scheme: 'bearer' },
    async authenticate({ authorization }) {
      if (authorization === undefined) return undefined;
      if (authorization === 'Bearer ann abroad')
        throw accessErrors.AF_ACCESS_TENANT_REFUSED({
          tenant: 'elsewhere',
          caller: { id: 'ann', tenant: 'default', kind: 'user', credential },
        });
      const found = people[authorization.replace('Bearer ', '')];
      if (!found) throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({});
      return found;
    },
  });
  const body = { type: 'object', properties: { name: { type: 'string' } }, additionalProperties: false };
  async function* one() {
    yield { data: 1 };
  }
  for (const each of [
    route('/api/v1/things', {}),
    route('/api/v1/things/{id}', { method: 'PUT', body }),
    route('/api/v1/things/{id}', {
      method: 'DELETE',
      handler: async () => {
        broken ??= Promise.reject(new Error('it is broken'));
        return broken;
      },
    }),
    route('/api/v1/streams', { method: 'POST', handler: async () => ({ stream: one() }) }),
    route('/api/v1/platform', { method: 'POST', permission: 'tests:run' }),
    route('/api/v1/login', {
      method: 'POST',
      permission: { public: 'A test.' },
      rate: 'login',
      handler: async () => ({ body: null, about: 'ann' }),
    }),
  ])
    ctx.contribute(HttpRoute, each);
});

describe('the audit log of the API', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await bootApi([things], {}, [...real, 'things']);
  });
  afterEach(() => api.close());

  const call = (method: string, path: string, as?: string, body?: object): Promise<Response> =>
    fetch(`${api.url}${path}`, {
      method,
      headers: {
        'x-request-id': 'r1',
        ...(as !== undefined && { authorization: `Bearer ${as}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  const entries = async (tenant?: string): Promise<readonly Partial<AuditRecord>[]> => {
    const listed = await api.kernel.use(AuditLog).chain(tenant).list();
    return listed.map(({ at: _at, hash: _hash, seq: _seq, requestId: _id, ...rest }) => rest).reverse();
  };
  const hide = async (how: 'away' | 'back'): Promise<void> => {
    const database = await api.kernel.use(TenantStorage).tenant('default');
    const [from, to] = ['af_audit_sql_entries', 'hidden'];
    await database.execute(
      `ALTER TABLE ${how === 'away' ? from : to} RENAME TO ${how === 'away' ? to : from}`,
    );
  };

  it('has one entry for each change, with who, what and how it ended, and nothing of what was sent', async () => {
    await call('PUT', '/api/v1/things/7?secret=canary', 'ann', { name: 'canary' });
    const entry = {
      who: 'ann',
      tenant: 'default',
      credential: 'name:k1',
      action: 'putApiV1ThingsId',
      permission: 'tests:all',
      target: '/api/v1/things/7',
      outcome: 'done',
    };
    assert.deepEqual(await entries('default'), [entry]);
    const [kept] = await api.kernel.use(AuditLog).chain('default').list();
    assert.equal(kept?.requestId, 'r1');
    assert.ok(!JSON.stringify(kept).includes('canary'));
  });

  it('has one for each refusal, also of a look, in the chain of whoever it was', async () => {
    assert.equal((await call('GET', '/api/v1/things', 'ben')).status, 403);
    assert.equal((await call('GET', '/api/v1/things')).status, 401);
    assert.equal((await call('PUT', '/api/v1/things/7', 'eve', {})).status, 401);
    const refused = { permission: 'tests:all', outcome: 'refused' };
    const look = { action: 'getApiV1Things', target: '/api/v1/things' };
    assert.deepEqual(await entries('default'), [
      { who: 'ben', tenant: 'default', ...look, ...refused, code: 'AF_ACCESS_DENIED' },
    ]);
    assert.deepEqual(await entries(), [
      { who: 'anonymous', ...look, ...refused, code: 'AF_ACCESS_NO_CREDENTIAL' },
      {
        who: 'anonymous',
        action: 'putApiV1ThingsId',
        target: '/api/v1/things/7',
        ...refused,
        code: 'AF_ACCESS_CREDENTIAL_INVALID',
      },
    ]);
  });

  it('names whoever it knows in a refusal, in the chain of their tenant', async () => {
    assert.equal((await call('GET', '/api/v1/things', 'ann abroad')).status, 403);
    assert.deepEqual(
      (await entries('default')).map(({ who, credential: by, code }) => [who, by, code]),
      [['ann', 'name:k1', 'AF_ACCESS_TENANT_REFUSED']],
    );
    assert.deepEqual(await entries(), []);
  });

  it('has one for all that a rate limit refuses an address, so that nobody fills it', async () => {
    await api.close();
    const rule = { by: 'address', classes: ['refused'], limit: 3, seconds: 86_400 };
    api = await bootApi([things], { rateLimits: [rule] }, [...real, 'things']);
    for (let time = 0; time < 12; time += 1) await call('GET', '/api/v1/things');
    assert.deepEqual(
      (await entries()).map(({ code }) => code),
      [...Array.from({ length: 3 }, () => 'AF_ACCESS_NO_CREDENTIAL'), 'AF_HTTP_RATE_LIMITED'],
    );
  });

  it('has one for each change that failed, and none for a look or a path that nobody serves', async () => {
    await call('PUT', '/api/v1/things/7', 'ann', { other: 1 });
    await call('DELETE', '/api/v1/things/7', 'ann');
    await call('GET', '/api/v1/things', 'ann');
    await call('POST', '/api/v1/nothing', 'ann');
    assert.deepEqual(
      (await entries('default')).map(({ outcome, code }) => [outcome, code]),
      [
        ['failed', 'AF_HTTP_REQUEST_INVALID'],
        ['failed', 'AF_HTTP_INTERNAL'],
      ],
    );
  });

  it('has one for a stream that began', async () => {
    assert.match(await (await call('POST', '/api/v1/streams', 'ann')).text(), /data: 1/);
    assert.deepEqual(
      (await entries('default')).map(({ action, outcome }) => [action, outcome]),
      [['postApiV1Streams', 'done']],
    );
  });

  it('tells of the platform, and of whom a login was for, in the chain of the platform', async () => {
    await call('POST', '/api/v1/platform', 'ann');
    await call('POST', '/api/v1/login');
    assert.deepEqual(
      (await entries()).map(({ who, tenant, target }) => [who, tenant, target]),
      [
        ['ann', 'default', '/api/v1/platform'],
        ['anonymous', undefined, 'ann'],
      ],
    );
  });

  it('keeps in the chain of the platform what was done for a tenant that there is not', async () => {
    await call('PUT', '/api/v1/things/7', 'cleo', {});
    assert.deepEqual(
      (await entries()).map(({ who, tenant }) => [who, tenant]),
      [['cleo', 'gone']],
    );
  });

  it('refuses changes while an entry cannot be written, lets looks pass, and writes it first when it can', async () => {
    await hide('away');
    assert.equal((await call('PUT', '/api/v1/things/1', 'ann', {})).status, 200); // it was done before
    assert.match(api.log.join('\n'), /an entry of the audit log could not be written.*\/api\/v1\/things\/1/);
    const refused = await call('PUT', '/api/v1/things/2', 'ann', {});
    assert.equal(refused.status, 503);
    assert.equal(((await refused.json()) as { code: string }).code, 'AF_HTTP_AUDIT_UNAVAILABLE');
    assert.equal((await call('GET', '/api/v1/things', 'ann')).status, 200);
    assert.equal((await call('POST', '/api/v1/platform', 'ann')).status, 200); // another chain
    await hide('back');
    assert.equal((await call('PUT', '/api/v1/things/3', 'ann', {})).status, 200);
    assert.deepEqual(
      (await entries('default')).map(({ target, outcome, code }) => [target, outcome, code]),
      [
        ['/api/v1/things/1', 'done', undefined],
        ['/api/v1/things/2', 'failed', 'AF_HTTP_AUDIT_UNAVAILABLE'],
        ['/api/v1/things/3', 'done', undefined],
      ],
    );
    assert.equal((await api.kernel.use(AuditLog).chain('default').verify()).whole, true);
  });

  it('lets people log in while the chain of the platform cannot be written, unless it is told not to', async () => {
    const table = 'af_audit_sql_platform_entries';
    const storage = (): Storage => api.kernel.use(Storage);
    for (const [loginsWithoutAudit, status] of [
      ['allow', 200],
      ['refuse', 503],
    ] as const) {
      await api.close();
      api = await bootApi([things], { loginsWithoutAudit }, [...real, 'things']);
      await storage().execute(`ALTER TABLE ${table} RENAME TO hidden`);
      assert.equal((await call('POST', '/api/v1/login')).status, 200); // that it cannot be written shows here
      assert.equal((await call('POST', '/api/v1/login')).status, status);
      assert.equal((await call('POST', '/api/v1/platform', 'ann')).status, 503);
      await storage().execute(`ALTER TABLE hidden RENAME TO ${table}`);
      assert.equal((await call('POST', '/api/v1/platform', 'ann')).status, 200);
      const outcomes = (await entries()).map(({ action, code }) => [action, code]);
      const failed = [undefined, 'AF_HTTP_AUDIT_UNAVAILABLE'];
      assert.deepEqual(outcomes, [
        ['postApiV1Login', undefined],
        ['postApiV1Login', failed[status === 200 ? 0 : 1]],
        ['postApiV1Platform', failed[1]],
        ['postApiV1Platform', undefined],
      ]);
    }
  });

  it('writes what was held when the API is disposed', async () => {
    await hide('away');
    await call('PUT', '/api/v1/things/1', 'ann', {});
    await hide('back');
    await api.swap(...real); // the things are gone, and with them the instance that held the entry
    assert.deepEqual(
      (await entries('default')).map(({ target }) => target),
      ['/api/v1/things/1'],
    );
  });
});
