import assert from 'node:assert/strict';
import type { Json } from '@agent-factory/sdk';
import { bootApi, route, routesPlugin, type TestApi } from './support/boot-api.ts';
import { post, problemIn } from './support/raw-http.ts';

const thing = {
  id: 't1',
  name: 'First',
  limits: { turns: 3, money: { limit: 1 } },
  parts: [
    { kind: 'a', size: 1 },
    { kind: 'b', size: 2 },
  ],
  labels: { any: 'thing', other: 'one' },
  owner: null,
};
const text = { type: 'string' };
const closed = (properties: object, more: object = {}) => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});
const thingSchema = closed(
  {
    id: text,
    name: text,
    limits: closed({ turns: { type: 'integer' }, money: closed({ limit: { type: 'number' } }) }),
    parts: { type: 'array', items: closed({ kind: text, size: { type: 'integer' } }) },
    labels: { type: 'object', additionalProperties: text },
    owner: { type: ['object', 'null'], properties: { id: text }, additionalProperties: false },
  },
  { required: ['id', 'name'] },
);
const page = closed({ things: { type: 'array', items: thingSchema }, next: text });
const answers = (schema: object, body: Json) => ({
  responses: { 200: { description: 'It.', schema: schema as Record<string, unknown> } }, // plain data
  handler: async () => ({ body }),
});
let seen: unknown;
const things = routesPlugin(
  'things',
  route('/api/v1/things/{id}', answers(thingSchema, thing)),
  route('/api/v1/things', {
    ...answers(page, { things: [thing, { ...thing, id: 't2' }], next: 'more' }),
    query: { type: 'object', properties: { limit: { type: 'integer' } }, additionalProperties: false },
    handler: async ({ query }) => {
      seen = query;
      return { body: { things: [thing, { ...thing, id: 't2' }], next: 'more' } };
    },
  }),
  route('/api/v1/open', answers({ type: 'object' }, { a: 1, b: { c: 2, d: 3 } })),
  route('/api/v1/tagged', { ...answers({ type: 'object' }, { a: 1, b: 2 }), revalidates: true }),
  route('/api/v1/own', {
    ...answers({ type: 'object' }, { a: 1 }),
    query: { type: 'object', properties: { fields: text } },
    handler: async ({ query }) => ({ body: { asked: query['fields'] ?? null } }),
  }),
  route('/api/v1/change', { method: 'POST', ...answers({ type: 'object' }, { a: 1, b: 2 }) }),
  route('/other/things', answers({ type: 'object' }, { a: 1, b: 2 })),
);

describe('an answer of which only some fields are asked for', () => {
  let api: TestApi;
  before(async () => {
    api = await bootApi([things]);
  });
  after(() => api?.close());
  const get = async (path: string): Promise<Json> => {
    const response = await fetch(`${api.url}${path}`);
    const said = await response.text();
    assert.equal(response.status, 200, said);
    return JSON.parse(said) as Json; // JSON, as its status says
  };
  const refused = async (path: string) => {
    const problem = await problemIn(await fetch(`${api.url}${path}`));
    assert.deepEqual([problem.status, problem.code], [400, 'AF_HTTP_REQUEST_INVALID']);
    return problem.errors?.[0];
  };

  for (const [fields, expected] of [
    ['id', { id: 't1' }],
    ['name,id', { id: 't1', name: 'First' }],
    ['limits.turns', { limits: { turns: 3 } }],
    ['limits.turns,limits.money', { limits: thing.limits }],
    ['limits,limits.turns', { limits: thing.limits }],
    ['limits.turns,limits', { limits: thing.limits }],
    ['parts.kind', { parts: [{ kind: 'a' }, { kind: 'b' }] }],
    ['labels.any,labels.missing', { labels: { any: 'thing' } }],
    ['owner.id', { owner: null }],
    ['%69d', { id: 't1' }],
  ] as const)
    it(`has no others: ${fields}`, async () => {
      assert.deepEqual(await get(`/api/v1/things/1?fields=${fields}`), expected);
    });

  it('has all of them where none are named', async () => {
    assert.deepEqual(await get('/api/v1/things/1'), thing);
    assert.deepEqual(await get('/api/v1/things/fields'), thing);
  });

  it('is a page of items with these, which still leads to the next page', async () => {
    assert.deepEqual(await get('/api/v1/things?fields=id,parts.size&limit=2'), {
      things: ['t1', 't2'].map((id) => ({ id, parts: [{ size: 1 }, { size: 2 }] })),
      next: 'more',
    });
    assert.deepEqual(seen, { limit: 2 });
  });

  it('is refused where the schema has no such field, which says what there is', async () => {
    for (const [path, pointer, fix] of [
      ['things/1?fields=nam', '/query/fields/nam', 'Did you mean "name"?'],
      ['things?fields=nam', '/query/fields/nam', 'Did you mean "name"?'],
      ['things?fields=next', '/query/fields/next', undefined],
      ['things/1?fields=limits.turn', '/query/fields/limits/turn', 'Did you mean "turns"?'],
      ['things/1?fields=parts.kinds', '/query/fields/parts/kinds', 'Did you mean "kind"?'],
      ['things/1?fields=id.x', '/query/fields/id/x', undefined],
      ['things/1?fields=constructor', '/query/fields/constructor', undefined],
      ['things/1?fields=__proto__', '/query/fields/__proto__', undefined],
    ] as const) {
      const found = await refused(`/api/v1/${path}`);
      assert.deepEqual([found?.pointer, fix && found?.fix], [pointer, fix], path);
    }
  });

  it('is refused where the list of names is none', async () => {
    for (const list of [
      '',
      ',',
      'id,',
      '.id',
      'a..b',
      'id, name',
      'id%00',
      'x'.repeat(1001),
      'id&fields=name',
    ])
      assert.equal((await refused(`/api/v1/things/1?fields=${list}`))?.pointer, '/query/fields', list);
    assert.equal((await refused('/api/v1/things?fields'))?.pointer, '/query/fields');
  });

  it('holds nothing of a field that is not there, where the schema is open', async () => {
    assert.deepEqual(await get('/api/v1/open?fields=a,b.c,missing,__proto__,toString'), {
      a: 1,
      b: { c: 2 },
    });
  });

  it('has a tag of its own', async () => {
    const tagOf = async (path: string) => (await fetch(`${api.url}${path}`)).headers.get('etag');
    const [all, some] = [await tagOf('/api/v1/tagged'), await tagOf('/api/v1/tagged?fields=a')];
    assert.ok(some);
    assert.notEqual(all, some);
    const headers = { 'if-none-match': some };
    assert.equal((await fetch(`${api.url}/api/v1/tagged?fields=a`, { headers })).status, 304);
  });

  it('is whole where it is a problem, answers a change, or is none of this API', async () => {
    const problem = await problemIn(await fetch(`${api.url}/api/v1/errors/AF_NO?fields=code`));
    assert.equal(problem.code, 'AF_HTTP_ERROR_UNKNOWN');
    assert.deepEqual(await (await post(`${api.url}/api/v1/change?fields=a`, {})).json(), { a: 1, b: 2 });
    assert.deepEqual(await get('/other/things?fields=a'), { a: 1, b: 2 });
    assert.deepEqual(await get('/api/v1/own?fields=a'), { asked: 'a' });
  });

  it('is told of in the document, with each operation that has fields', async () => {
    const { paths } = Object(await get('/api/v1/openapi.json'));
    const parameters = (path: string, method = 'get'): unknown[] =>
      paths[path][method].parameters.filter(({ name }: { name: string }) => name === 'fields');
    assert.equal(parameters('/api/v1/things').length, 1);
    assert.equal(parameters('/api/v1/things/{id}').length, 1);
    assert.equal(parameters('/api/v1/own').length, 1);
    assert.equal(parameters('/api/v1/change', 'post').length, 0);
    assert.equal(parameters('/other/things').length, 0);
  });
});
