import assert from 'node:assert/strict';
import type { JsonObject } from '@agent-factory/sdk';
import { call, kindOf, openTools, problemsOf, secretsFor } from './support/open-tools.ts';
import { openShop, type Shop } from './support/shop.ts';

const schemes: JsonObject = {
  key: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
  query: { type: 'apiKey', in: 'query', name: 'key' },
  cookie: { type: 'apiKey', in: 'cookie', name: 'session' },
  basic: { type: 'http', scheme: 'basic' },
  bearer: { type: 'http', scheme: 'Bearer' },
  oauth: { type: 'oauth2', flows: {} },
  digest: { type: 'http', scheme: 'digest' },
  mutual: { type: 'mutualTLS' },
};

describe('credentials of tools from OpenAPI', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(() => shop.close());
  beforeEach(() => {
    shop.seen.length = 0;
    shop.answer = undefined;
  });

  const document = (security: JsonObject[]): JsonObject => ({
    openapi: '3.0.3',
    servers: [{ url: shop.url }],
    paths: { '/x': { get: { operationId: 'x', security, responses: {} } } },
    components: { securitySchemes: schemes },
  });
  const kind = (hosts: readonly string[] = [shop.host], allowHosts = [shop.host]) =>
    kindOf(
      'openapi',
      { allowHosts },
      { secrets: secretsFor(hosts, { a: 's3cret', pair: 'me:pass', bad: 'a\nb' }) },
    );
  const sent = async (scheme: string, given: { secret: string; username?: string }): Promise<unknown> => {
    const { tool } = await openTools(kind(), {
      document: document([{ [scheme]: [] }]),
      auth: { [scheme]: given },
    });
    await call(tool('shop_x'), {});
    const { url, headers } = shop.seen.pop() ?? assert.fail('nothing was sent');
    return [url, headers.authorization ?? headers['x-api-key'] ?? headers.cookie];
  };

  it('go where the document says', async () => {
    assert.deepEqual(await sent('key', { secret: 'a' }), ['/x', 's3cret']);
    assert.deepEqual(await sent('query', { secret: 'a' }), ['/x?key=s3cret', undefined]);
    assert.deepEqual(await sent('cookie', { secret: 'a' }), ['/x', 'session=s3cret']);
    assert.deepEqual(await sent('bearer', { secret: 'a' }), ['/x', 'Bearer s3cret']);
    assert.deepEqual(await sent('oauth', { secret: 'a' }), ['/x', 'Bearer s3cret']);
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    assert.deepEqual(await sent('basic', { secret: 'a', username: 'me' }), ['/x', basic('me:s3cret')]);
    assert.deepEqual(await sent('basic', { secret: 'pair' }), ['/x', basic('me:pass')]);
  });

  it('are those of the first alternative that the registration meets, all of them', async () => {
    const { tool } = await openTools(kind(), {
      document: document([{ mutual: [] }, { key: [], query: [] }, {}]),
      auth: { key: { secret: 'a' }, query: { secret: 'pair' } },
      secretHeaders: { 'X-More': 'a' },
    });
    await call(tool('shop_x'), {});
    const [seen] = shop.seen;
    assert.deepEqual(
      [seen?.url, seen?.headers['x-api-key'], seen?.headers['x-more']],
      ['/x?key=me%3Apass', 's3cret', 's3cret'],
    );
  });

  it('are asked for when they are registered, unless the registration does without', async () => {
    const given = { document: document([{ key: [] }, { basic: [], query: [] }]) };
    const [problem] = await problemsOf(kind(), given);
    assert.deepEqual([problem?.path, problem?.message], ['/auth', 'requests need key, or basic and query']);
    assert.deepEqual(await problemsOf(kind(), { ...given, anonymous: true }), []);
    const digest = await problemsOf(kind(), {
      document: document([{ digest: [] }]),
      auth: { digest: { secret: 'a' } },
    });
    assert.match(digest[0]?.message ?? '', /cannot be used/);
  });

  it('are sent to no host they are not meant for, and to no tenant they are not for', async () => {
    const spec = { document: document([{ key: [] }]), auth: { key: { secret: 'a' } } };
    const elsewhere = await openTools(kind(['api.example.org']), spec);
    await assert.rejects(call(elsewhere.tool('shop_x'), {}), { code: 'AF_SECRET_HOST' });
    const here = await openTools(kind(), spec);
    await assert.rejects(call(here.tool('shop_x'), {}, { tenant: 'other' }), { code: 'AF_SECRET_UNKNOWN' });
    assert.equal(shop.seen.length, 0);
  });

  it('are in no error, also where they are in the address', async () => {
    const spec = { document: document([{ query: [] }]), auth: { query: { secret: 'a' } } };
    shop.answer = (request, response) =>
      void response.writeHead(302, { location: `http://127.0.0.1:1${request.url}` }).end();
    const { tool } = await openTools(kind(), spec);
    const error: unknown = await call(tool('shop_x'), {}).catch((reason: unknown) => reason);
    assert.equal(Object(error).code, 'AF_OUTBOUND_URL_REFUSED');
    assert.doesNotMatch(`${String(error)} ${JSON.stringify(error)}`, /s3cret/);
    const broken = { ...spec, auth: { query: { secret: 'bad' } } };
    await assert.rejects(call((await openTools(kind(), broken)).tool('shop_x'), {}), {
      code: 'AF_TOOLS_OPENAPI_INPUT',
    });
  });

  it('are in no answer, of a server that tells what it was sent', async () => {
    shop.answer = (request, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ url: request.url, headers: request.headers, picture: 'ü' }));
    const { tool } = await openTools(kind(), {
      document: document([{ basic: [], query: [] }]),
      auth: { basic: { secret: 'a', username: 'me' }, query: { secret: 'a' } },
    });
    const told = JSON.stringify(await call(tool('shop_x'), {}));
    assert.match(told, /\[redacted\].*"picture":"ü"/);
    assert.doesNotMatch(told, /s3cret/);
    assert.ok(!told.includes(Buffer.from('me:s3cret').toString('base64')));
  });

  it('are lost on the way to another origin', async () => {
    const other = await openShop();
    try {
      shop.answer = (_request, response) =>
        void response.writeHead(307, { location: `${other.url}/y` }).end();
      const { tool } = await openTools(kind([shop.host, other.host], [shop.host, other.host]), {
        document: document([{ key: [] }]),
        auth: { key: { secret: 'a' } },
      });
      await call(tool('shop_x'), {});
      assert.equal(other.seen[0]?.headers['x-api-key'], undefined);
    } finally {
      other.close();
    }
  });
});
