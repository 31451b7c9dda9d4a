import assert from 'node:assert/strict';
import { isAgentFactoryError, type Json } from '@agent-factory/sdk';
import type { HttpRoute, Permission, Principal } from '@agent-factory/sdk/contracts';
import { checkRoutes } from '../src/route-table.ts';
import { bootApi, route, routesPlugin, type TestApi } from './support/boot-api.ts';
import { asked, names, people } from './support/names.ts';
import { problemIn, post } from './support/raw-http.ts';

const who = async ({ principal }: { principal: Principal }) => ({ body: principal as unknown as Json }); // plain data
const things = routesPlugin(
  'things',
  route('/api/v1/things', { handler: who }),
  route('/api/v1/things', { method: 'POST', handler: who }),
  route('/api/v1/things/{id}', { resource: 'things/{id}', handler: who }),
  route('/api/v1/open', { permission: { public: 'A test.' }, handler: who }),
);

describe('who may call a route', () => {
  describe('when a plugin authenticates', () => {
    let api: TestApi;
    before(async () => {
      api = await bootApi([names, things]);
    });
    after(() => api.close());
    const as = (name: string, path: string): Promise<Response> =>
      fetch(`${api.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${name}` } });

    it('asks for a credential, and says how it is sent', async () => {
      const answer = await fetch(`${api.url}/api/v1/things`);
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
      const { status, code } = await problemIn(answer);
      assert.deepEqual([status, code], [401, 'AF_ACCESS_NO_CREDENTIAL']);
    });

    it('refuses one that does not hold, without a word about why', async () => {
      const { status, code } = await problemIn(await as('nobody', 'things'));
      assert.deepEqual([status, code], [401, 'AF_ACCESS_CREDENTIAL_INVALID']);
    });

    it('lets in who has the permission, as themselves and for their tenant', async () => {
      assert.deepEqual(await (await as('ann', 'things')).json(), people['ann']);
    });

    it('refuses who has another one, and names what is missing', async () => {
      const { status, code, detail } = await problemIn(await as('ben', 'things'));
      assert.deepEqual([status, code], [403, 'AF_ACCESS_DENIED']);
      assert.match(detail, /tests:all/);
    });

    it('lets in who has the permission on this one thing, or on all of its folder', async () => {
      assert.equal((await as('ben', 'things/7')).status, 200);
      assert.equal((await as('ben', 'things/77')).status, 403);
      assert.equal((await as('cleo', 'things/77')).status, 200);
      assert.equal((await as('cleo', 'things')).status, 403);
    });

    it('refuses before it reads what was sent', async () => {
      const answer = await post(`${api.url}/api/v1/things`, '{ not json');
      assert.equal((await problemIn(answer)).status, 401);
    });

    it('knows nobody on a route that is open to all, whatever is sent', async () => {
      const seen = Object(await (await as('ann', 'open')).json());
      assert.deepEqual([seen.id, seen.kind, seen.permissions], ['anonymous', 'anonymous', []]);
    });

    it('takes no change that a page of another site asks for with the cookie of a person', async () => {
      const send = (headers: Record<string, string>): Promise<Response> =>
        post(`${api.url}/api/v1/things`, {}, headers);
      const cookie = 'name=ann';
      const { code } = await problemIn(await send({ cookie, origin: 'https://evil.example' }));
      assert.equal(code, 'AF_HTTP_CROSS_SITE');
      assert.equal((await send({ cookie, 'sec-fetch-site': 'cross-site' })).status, 403);
      assert.equal((await send({ cookie, origin: api.url })).status, 200);
      assert.equal((await send({ authorization: 'Bearer ann', origin: 'https://app.example' })).status, 200);
    });

    it('describes in the document how to get in', async () => {
      const document = Object(await (await fetch(`${api.url}/api/v1/openapi.json`)).json());
      assert.deepEqual(document.security, [{ name: [] }, { nameCookie: [] }]);
      assert.deepEqual(document.components.securitySchemes, {
        name: { type: 'http', scheme: 'bearer' },
        nameCookie: { type: 'apiKey', in: 'cookie', name: 'name' },
      });
      const { get } = document.paths['/api/v1/things/{id}'];
      assert.deepEqual([get['x-permission'], get['x-resource']], ['tests:all', 'things/{id}']);
      assert.match(get.responses['403'].$ref, /AF_ACCESS_DENIED/);
    });

    it('describes in the document the headers that tell how many requests are left', async () => {
      const { paths, components } = Object(await (await fetch(`${api.url}/api/v1/openapi.json`)).json());
      const { responses } = paths['/api/v1/things/{id}'].get;
      const limited = components.responses[responses['429'].$ref.split('/').at(-1)];
      assert.deepEqual(Object.keys(responses['200'].headers), ['RateLimit', 'RateLimit-Policy']);
      assert.deepEqual(Object.keys(limited.headers), ['RateLimit', 'RateLimit-Policy', 'Retry-After']);
      assert.deepEqual(Object.keys(components.headers), Object.keys(limited.headers));
    });

    it('holds no request for ever whose proof nobody can judge', async () => {
      const own = await bootApi([names, things]);
      try {
        const headers = { authorization: 'Bearer nobody can tell' };
        const answer = fetch(`${own.url}/api/v1/things`, { headers, signal: AbortSignal.timeout(5000) });
        await asked.promise;
        await own.swap('names');
        assert.equal((await problemIn(await answer)).status, 503);
      } finally {
        await own.close();
      }
    });

    it('counts the time that finding out takes towards that of the request', async () => {
      const own = await bootApi([names, things], { requestTimeoutMs: 1000 });
      try {
        const answer = fetch(`${own.url}/api/v1/things`, {
          headers: { authorization: 'Bearer nobody can tell' },
        });
        assert.equal((await problemIn(await answer)).code, 'AF_HTTP_TIMEOUT');
      } finally {
        await own.close();
      }
    });

    it('listens where others can reach it, under any name', async () => {
      const open = await bootApi([names, things], { host: '0.0.0.0' });
      try {
        const headers = { authorization: 'Bearer ann', host: 'factory.example' };
        const answer = await fetch(`http://127.0.0.1:${open.port}/api/v1/things`, { headers });
        assert.equal(answer.status, 200);
      } finally {
        await open.close();
      }
    });
  });

  describe('when none does', () => {
    let api: TestApi;
    before(async () => {
      api = await bootApi([things]);
    });
    after(() => api.close());

    it('is the owner, for the tenant that is named or the usual one', async () => {
      const seen = async (headers: Record<string, string>): Promise<Principal> =>
        Object(await (await fetch(`${api.url}/api/v1/things`, { headers })).json());
      assert.deepEqual(await seen({}), {
        id: 'local',
        tenant: 'default',
        kind: 'local',
        permissions: ['*'],
      });
      assert.equal((await seen({ 'x-tenant': 'acme' })).tenant, 'acme');
      const refused = await fetch(`${api.url}/api/v1/things`, { headers: { 'x-tenant': '../acme' } });
      assert.equal((await problemIn(refused)).code, 'AF_ACCESS_TENANT_REFUSED');
    });
  });

  it('is settled before anything is served', () => {
    const known: Permission[] = [{ name: 'tests:all', description: 'All.', roles: [] }];
    const refusal = (parts: Partial<HttpRoute>): string => {
      try {
        checkRoutes([{ plugin: 'things', value: route('/api/v1/things/{id}', parts) }], known);
      } catch (error) {
        if (isAgentFactoryError(error, 'AF_HTTP_ROUTE_INVALID')) return error.message;
        throw error;
      }
      return 'none';
    };
    assert.equal(refusal({}), 'none');
    assert.match(refusal({ permission: undefined as never }), /declares no permission/);
    assert.match(refusal({ permission: 'everything' }), /no permission of the form things:verb/);
    assert.match(refusal({ permission: 'tests:none' }), /no plugin contributes the permission "tests:none"/);
    assert.match(refusal({ rate: 'cheap' as never }), /its rate is none of read, write, run, login/);
    assert.match(refusal({ resource: 'things/{name}' }), /"name" of its resource is not in its path/);
  });
});
