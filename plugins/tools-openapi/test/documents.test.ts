import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@agent-factory/sdk';
import { kindOf, openTools, problemsOf } from './support/open-tools.ts';
import { openShop, shopDocument, type Shop } from './support/shop.ts';

const get = (more: JsonObject = {}): JsonObject => ({ get: { operationId: 'x', responses: {}, ...more } });
const minimal = (paths: JsonObject, more: JsonObject = {}): JsonObject => ({
  openapi: '3.1.0',
  servers: [{ url: 'https://api.example.org/v1' }],
  paths,
  ...more,
});

describe('OpenAPI documents', () => {
  const kind = kindOf('openapi');
  const messages = async (document: JsonObject | string, more: JsonObject = {}): Promise<string> =>
    (await problemsOf(kind, { document, ...more }))
      .map(({ path, message }) => `${path} ${message}`)
      .join('\n');

  describe('are refused with path and reason', () => {
    const wrong: Record<string, [JsonObject | string, RegExp]> = {
      'of Swagger 2': [{ swagger: '2.0', paths: {} }, /^\/document\/swagger is a document of Swagger 2$/],
      'of another version': [{ openapi: '4.0.0', paths: {} }, /^\/document\/openapi must name/],
      'without paths': [{ openapi: '3.0.0' }, /^\/document\/paths is required$/],
      'without operations': [minimal({}), /no operation of the document is chosen/],
      'that refer outside': [
        minimal({ '/x': { $ref: 'other.yaml#/x' } }),
        /\/paths\/~1x\/\$ref refers to "other/,
      ],
      'that refer to nothing': [
        minimal({ '/x': get({ parameters: [{ $ref: '#/components/parameters/none' }] }) }),
        /get\/parameters\/0\/\$ref refers to "#\/components\/parameters\/none", which is not there/,
      ],
      'that refer to themselves': [
        minimal(
          { '/x': get({ parameters: [{ $ref: '#/components/parameters/a' }] }) },
          {
            components: { parameters: { a: { $ref: '#/components/parameters/a' } } },
          },
        ),
        /which is not there/,
      ],
      'whose path has a part nobody describes': [minimal({ '/x/{id}': get() }), /needs "id"/],
      'without a server': [
        minimal({ '/x': get() }, { servers: [{ url: '/v1' }] }),
        /^\/server "\/v1" is no address/,
      ],
      'with a server of another scheme': [
        minimal({ '/x': get() }, { servers: [{ url: 'file:///etc' }] }),
        /is no address/,
      ],
      'that are no YAML': ['a: [1, 2', /neither JSON nor YAML/],
      'that are a list': ['- a', /it is no object/],
      'with aliases that multiply': [
        `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n` +
          'd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]',
        /aliases multiply/,
      ],
      'larger than allowed': [`openapi: 3.1.0 #${'x'.repeat(1_100_000)}`, /more than 1048576 bytes/],
    };
    for (const [name, [document, reason]] of Object.entries(wrong))
      it(name, async () => assert.match(await messages(document), reason));

    it('when the registration names operations they do not have', async () => {
      const found = await messages(minimal({ '/x': get() }), { include: ['x', 'y'] });
      assert.match(found, /^\/include names "y", which the document does not have$/);
    });

    it('when more operations are chosen than may be', async () => {
      const paths = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`/x${index}`, { get: {} }]));
      assert.match(await messages(minimal(paths)), /60 operations are chosen, and 50 may be/);
      assert.equal(await messages(minimal(paths), { include: ['GET /x1*'] }), '');
    });
  });

  it('are read as JSON, YAML and objects', async () => {
    const yaml = 'openapi: 3.0.0\nservers: [{url: https://a.example}]\npaths: {/x: {get: {responses: {}}}}';
    for (const document of [yaml, minimal({ '/x': get() }), JSON.stringify(minimal({ '/x': get() }))])
      assert.equal(await messages(document), '');
  });

  it('keep references that go round in a circle, under $defs', async () => {
    const document = minimal(
      {
        '/x': {
          post: {
            requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/A' } } } },
          },
        },
      },
      {
        components: {
          schemas: {
            A: { type: 'object', properties: { b: { $ref: '#/components/schemas/B' } } },
            B: { type: 'array', items: { $ref: '#/components/schemas/A' } },
          },
        },
      },
    );
    const { tools } = await openTools(kind, { document });
    assert.deepEqual(tools[0]?.input, {
      type: 'object',
      properties: { body: { $ref: '#/$defs/A', description: 'What is sent.' } },
      required: [],
      additionalProperties: false,
      $defs: {
        A: { type: 'object', properties: { b: { $ref: '#/$defs/B' } } },
        B: { type: 'array', items: { $ref: '#/$defs/A' } },
      },
    });
  });

  it('of version 3.0 have nullable and exclusive limits as JSON Schema says them', async () => {
    const schema = { type: 'integer', nullable: true, minimum: 1, exclusiveMinimum: true };
    const document = {
      ...minimal({ '/x': get({ parameters: [{ name: 'n', in: 'query', schema }] }) }),
      openapi: '3.0.3',
    };
    const { tools } = await openTools(kind, { document });
    assert.deepEqual(Object(tools[0]?.input['properties']).n, {
      type: ['integer', 'null'],
      exclusiveMinimum: 1,
      description: 'A part of the request.',
    });
  });

  it('give each operation a name that models take, and no two the same', async () => {
    const document = minimal({
      '/a b/{id}': { get: { parameters: [{ name: 'id', in: 'path' }] } },
      '/long': get({ operationId: 'x'.repeat(100) }),
      '/longer': get({ operationId: 'x'.repeat(101) }),
    });
    const { tools } = await openTools(kind, { document }, 'my-shop');
    const names = tools.map(({ name }) => name);
    assert.equal(names[0], 'my-shop_get_a_b_id');
    assert.equal(new Set(names).size, 3);
    for (const name of names) assert.match(name, /^[A-Za-z0-9_-]{1,64}$/);
  });

  describe('by address or file', () => {
    let shop: Shop;
    let folder: string;
    before(async () => {
      shop = await openShop();
      folder = mkdtempSync(join(tmpdir(), 'agent-factory-openapi-'));
      writeFileSync(join(folder, 'shop.json'), JSON.stringify(shopDocument(shop.url)));
    });
    after(() => {
      shop.close();
      rmSync(folder, { recursive: true });
    });
    const config = () => ({ allowHosts: [shop.host], documentHosts: [shop.host] });

    it('are fetched from hosts the operator listed, kept inside, and not fetched again', async () => {
      shop.answer = (_request, response) => void response.end(JSON.stringify(shopDocument(shop.url)));
      const spec = { url: `${shop.url}/openapi.json`, anonymous: true };
      const { tools } = await openTools(kindOf('openapi', config()), spec);
      assert.equal(tools.length, 4);
      assert.equal(shop.seen.length, 1);
      const [refused] = await problemsOf(kindOf('openapi', { allowHosts: [shop.host] }), spec);
      assert.match(refused?.message ?? '', /may not be fetched from 127\.0\.0\.1/);
      assert.equal(shop.seen.length, 1);
    });

    it('are not fetched from where a listed host sends on to', async () => {
      const other = await openShop();
      shop.answer = (_request, response) => void response.writeHead(302, { location: other.url }).end();
      const hosts = { allowHosts: [shop.host, other.host], documentHosts: [shop.host] };
      const [problem] = await problemsOf(kindOf('openapi', hosts), { url: `${shop.url}/openapi.json` });
      assert.match(problem?.message ?? '', /sends on to/);
      other.close();
    });

    it('are read from files for the operator alone', async () => {
      const files = kindOf('openapi', config(), { baseDir: folder });
      const spec = { file: 'shop.json', anonymous: true };
      assert.deepEqual(await problemsOf(files, spec, true), []);
      const [refused] = await problemsOf(files, spec);
      assert.match(refused?.message ?? '', /in the configuration alone/);
      const [missing] = await problemsOf(files, { file: 'none.json' }, true);
      assert.match(missing?.message ?? '', /there is no file/);
    });

    it('are given in one way', async () => {
      const [problem] = await problemsOf(kind, { file: 'a', url: 'https://b.example' });
      assert.equal(problem?.message, 'is given beside "url"');
      const [none] = await problemsOf(kind, {});
      assert.match(none?.message ?? '', /none is given/);
    });
  });
});
