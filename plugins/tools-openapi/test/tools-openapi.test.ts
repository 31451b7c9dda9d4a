import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import type { JsonSchema, Validator } from '@agent-factory/sdk';
import { ToolKind } from '@agent-factory/sdk/contracts';
import { bootTestKernel, testPlugin, toolSuite } from '@agent-factory/sdk/testing';
import { call, kindOf, openTools, secretsFor, type ToolsByName } from './support/open-tools.ts';
import { json, openShop, shopDocument, type Shop } from './support/shop.ts';

describe('tools-openapi', () => {
  let shop: Shop;
  let opened: ToolsByName;
  let validator: (schema: JsonSchema) => Validator;
  const secrets = (): ReturnType<typeof secretsFor> => secretsFor([shop.host], { shop_token: 's3cret' });
  const open = (more: object = {}): Promise<ToolsByName> =>
    openTools(kindOf('openapi', { allowHosts: [shop.host] }, { secrets: secrets() }), {
      document: shopDocument(shop.url),
      auth: { token: { secret: 'shop_token' } },
      ...more,
    });
  const probe = testPlugin('probe', [], (ctx) => void (validator = (schema) => ctx.validator(schema)));
  before(async () => {
    await (await bootTestKernel({ plugins: [probe] })).close();
    shop = await openShop();
  });
  after(() => shop.close());
  beforeEach(async () => {
    shop.seen.length = 0;
    shop.answer = undefined;
    opened = await open();
  });
  afterEach(() => opened.close());

  describe('as tools', () => {
    const order = { id: '7', item: 'pen' };
    const answers = (): void => {
      shop.answer = ({ method, url }, response) =>
        method === 'DELETE'
          ? void response.writeHead(204).end()
          : url === '/v1/ping'
            ? void response.writeHead(200, { 'content-type': 'text/plain' }).end('pong')
            : json(response, 200, order);
    };
    const examples = {
      shop_getOrder: [{ id: '7' }, { id: 'a/b', fields: ['a', 'b'], id_query: 3 }],
      shop_deleteOrder: [{ id: '7' }],
      shop_placeOrder: [{ body: { item: 'pen' } }],
      shop_get_ping: [{}],
    };
    const openAnswering = async () => {
      answers();
      const { tools, close } = await open();
      return { tools, close };
    };
    for (const { name, run } of toolSuite(openAnswering, {
      examples,
      compile: (schema) => validator(schema),
    }))
      it(name, run);
  });

  it('contributes the kinds openapi and http', async () => {
    const kernel = await bootTestKernel({ plugins: [dirname(import.meta.dirname)] });
    try {
      for (const { value } of kernel.all(ToolKind))
        assert.deepEqual(validator(value.spec)(value.example), [], value.kind);
      assert.deepEqual(
        kernel.all(ToolKind).map(({ value }) => value.kind),
        ['openapi', 'http'],
      );
    } finally {
      await kernel.close();
    }
  });

  it('takes effects from methods, and from the registration where it says otherwise', async () => {
    const effects = (tools: ToolsByName): Record<string, string> =>
      Object.fromEntries(tools.tools.map(({ name, effect }) => [name, effect]));
    assert.deepEqual(effects(opened), {
      shop_getOrder: 'read',
      shop_deleteOrder: 'idempotent-write',
      shop_placeOrder: 'write',
      shop_get_ping: 'read',
    });
    const other = await open({
      include: ['placeOrder', 'DELETE /orders/*'],
      operations: {
        placeOrder: { idempotencyHeader: 'Idempotency-Key', name: 'order' },
        deleteOrder: { effect: 'write' },
      },
    });
    assert.deepEqual(effects(other), { shop_deleteOrder: 'write', order: 'idempotent-write' });
    await call(other.tool('order'), { body: { item: 'pen' } });
    assert.equal(shop.seen[0]?.headers['idempotency-key'], 'run-1:1');
  });

  it('puts every kind of parameter into its place', async () => {
    await call(opened.tool('shop_getOrder'), {
      id: 'a/ü b',
      fields: ['x,y', 'z'],
      filter: { from: 1, to: 'é' },
      id_query: 3,
      'X-Trace': 't 1',
      where: { a: [1] },
    });
    const [seen] = shop.seen;
    assert.equal(
      seen?.url,
      '/v1/orders/a%2F%C3%BC%20b?fields=x%2Cy&fields=z&filter%5Bfrom%5D=1&filter%5Bto%5D=%C3%A9&id=3' +
        '&where=%7B%22a%22%3A%5B1%5D%7D',
    );
    assert.equal(seen?.headers['x-trace'], 't 1');
    assert.equal(seen?.headers.authorization, 'Bearer s3cret');
  });

  it('sends a body as JSON, without what only the server writes', async () => {
    const tool = opened.tool('shop_placeOrder');
    const check = validator(tool.input);
    assert.deepEqual(check({ body: { item: 'a', parts: [{ item: 'b' }] } }), []);
    assert.equal(check({ body: { parts: [{ item: 5 }] } }).length, 2);
    await call(tool, { body: { item: 'ü' } });
    assert.equal(shop.seen[0]?.body, '{"item":"ü"}');
    assert.equal(shop.seen[0]?.headers['content-type'], 'application/json');
  });

  it('lets no value of the path lead to another path', async () => {
    for (const id of ['..', '.', ''])
      await assert.rejects(call(opened.tool('shop_getOrder'), { id }), { code: 'AF_TOOLS_OPENAPI_INPUT' });
    for (const id of ['../admin?x=1#y', '%2e%2E']) await call(opened.tool('shop_getOrder'), { id });
    assert.deepEqual(
      shop.seen.map(({ url }) => url),
      ['/v1/orders/..%2Fadmin%3Fx%3D1%23y', '/v1/orders/%252e%252E'],
    );
  });

  it('lets no value add a header', async () => {
    const tool = opened.tool('shop_getOrder');
    await assert.rejects(call(tool, { id: '1', 'X-Trace': 'a\r\nx-admin: 1' }), {
      code: 'AF_TOOLS_OPENAPI_INPUT',
    });
    assert.equal(shop.seen.length, 0);
  });

  it('tells what a server refuses, and what may be tried again', async () => {
    const tool = opened.tool('shop_getOrder');
    const failing = async (
      status: number,
      headers: Record<string, string> = {},
    ): Promise<Error & { code: string }> => {
      shop.answer = (_request, response) => json(response, status, { error: 'no such order' }, headers);
      return call(tool, { id: '1' }).then(
        () => assert.fail('it succeeded'),
        (error: unknown) => error as Error & { code: string }, // looked at by each assertion
      );
    };
    const missing = await failing(404);
    assert.equal(missing.code, 'AF_TOOLS_OPENAPI_REFUSED');
    assert.match(missing.message, /status 404: \{"error":"no such order"\}/);
    for (const status of [408, 429, 503]) {
      const busy = await failing(status, { 'retry-after': '7' });
      assert.equal(busy.code, 'AF_TOOLS_OPENAPI_BUSY');
      assert.match(Object(busy).fix, /in 7 s/);
      assert.equal(Object(busy).retryable, true);
    }
    assert.equal((await failing(500)).code, 'AF_TOOLS_OPENAPI_REFUSED');
    assert.equal((await failing(302)).code, 'AF_TOOLS_OPENAPI_REFUSED');
  });

  it('refuses answers that are too long, broken or of no use', async () => {
    const tool = opened.tool('shop_getOrder');
    for (const [type, body] of [
      ['application/json', JSON.stringify('x'.repeat(70_000))],
      ['application/json', '{"a":'],
      ['application/json', Buffer.from([0x22, 0xff, 0x22])],
      ['image/png', Buffer.from([1, 2])],
    ] as const) {
      shop.answer = (_request, response) => void response.writeHead(200, { 'content-type': type }).end(body);
      await assert.rejects(call(tool, { id: '1' }), { code: 'AF_TOOLS_OPENAPI_ANSWER' });
    }
  });

  it('gives the part of an answer that is the result', async () => {
    shop.answer = (_request, response) => json(response, 200, { data: [{ 'a/b': 5 }] });
    const options = (result: string) => ({ operations: { getOrder: { result } } });
    const part = await open(options('/data/0/a~1b'));
    assert.equal(await call(part.tool('shop_getOrder'), { id: '1' }), 5);
    assert.equal(part.tool('shop_getOrder').output, undefined);
    const none = await open(options('/data/1'));
    await assert.rejects(call(none.tool('shop_getOrder'), { id: '1' }), { code: 'AF_TOOLS_OPENAPI_ANSWER' });
  });

  it('ends a call when its run ends, when it takes too long, and when it is closed', async () => {
    const patient = await open({ operations: { deleteOrder: { timeoutMs: 100 } } });
    const begun = (): Promise<void> =>
      new Promise((resolve) => {
        shop.answer = () => resolve(); // and never answers
      });
    const stop = new AbortController();
    let waiting = begun();
    const stopped = assert.rejects(
      call(patient.tool('shop_getOrder'), { id: '1' }, { signal: stop.signal }),
      /enough/,
    );
    await waiting;
    stop.abort(new Error('enough'));
    await stopped;
    await assert.rejects(call(patient.tool('shop_deleteOrder'), { id: '1' }), {
      code: 'AF_OUTBOUND_TIMEOUT',
    });
    waiting = begun();
    const closed = assert.rejects(call(patient.tool('shop_getOrder'), { id: '1' }));
    await waiting;
    await patient.close();
    await closed;
  });
});
