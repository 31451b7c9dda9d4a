import assert from 'node:assert/strict';
import { call, kindOf, openTools, problemsOf, secretsFor } from './support/open-tools.ts';
import { json, openShop, type Shop } from './support/shop.ts';

describe('a tool of the kind http', () => {
  let shop: Shop;
  before(async () => {
    shop = await openShop();
  });
  after(() => shop.close());
  beforeEach(() => {
    shop.seen.length = 0;
    shop.answer = undefined;
  });
  const kind = () =>
    kindOf('http', { allowHosts: [shop.host] }, { secrets: secretsFor([shop.host], { token: 's3cret' }) });
  const text = { type: 'string' };

  it('fills the address, and sends the rest as the query', async () => {
    const { tool } = await openTools(
      kind(),
      {
        description: 'Reads an order.',
        url: `${shop.url}/orders/{id}?view=full`,
        input: { type: 'object', properties: { id: text, tags: { type: 'array' } }, required: ['id'] },
        auth: { type: 'bearer', secret: 'token' },
        result: '/url',
      },
      'read_order',
    );
    const found = tool('read_order');
    assert.equal(found.effect, 'read');
    assert.equal(await call(found, { id: 'a/b', tags: ['x', 'y'] }), '/orders/a%2Fb?view=full&tags=x&tags=y');
    assert.equal(shop.seen[0]?.headers.authorization, 'Bearer s3cret');
  });

  it('is made again after a failure that may pass, as it was registered, unless it writes', async () => {
    const retry = { maxAttempts: 3 };
    const url = 'https://a.example/';
    const made = async (method: string) =>
      (await openTools(kind(), { description: 'Does it.', method, url, retry }, 'x')).tool('x').retry;
    assert.deepEqual([await made('GET'), await made('POST')], [retry, undefined]);
  });

  it('sets no header that belongs to the connection', async () => {
    const { tool } = await openTools(
      kind(),
      { description: 'Does it.', url: `${shop.url}/`, headers: { HOST: 'other', 'X-Own': 'yes' } },
      'x',
    );
    await call(tool('x'), {});
    assert.deepEqual([shop.seen[0]?.headers.host, shop.seen[0]?.headers['x-own']], [shop.host, 'yes']);
  });

  it('sends members or the whole of a JSON body', async () => {
    const given = { description: 'Places an order.', method: 'POST', url: `${shop.url}/orders/{id}` };
    const members = await openTools(
      kind(),
      { ...given, input: { type: 'object', properties: { id: text, item: text } } },
      'order',
    );
    assert.equal(members.tool('order').effect, 'write');
    await call(members.tool('order'), { id: '1', item: 'pen' });
    const whole = await openTools(
      kind(),
      { ...given, input: { type: 'object', properties: { id: text, dry: text, body: {} } } },
      'order',
    );
    await call(whole.tool('order'), { id: '1', dry: 'yes', body: ['pen'] });
    assert.deepEqual(
      shop.seen.map(({ url, body }) => [url, body]),
      [
        ['/orders/1', '{"item":"pen"}'],
        ['/orders/1?dry=yes', '["pen"]'],
      ],
    );
  });

  it('is refused when its address and its input do not fit together', async () => {
    const description = 'Does something.';
    const paths = async (spec: object) =>
      (await problemsOf(kind(), { description, ...spec })).map(({ path }) => path);
    assert.deepEqual(await paths({ url: 'https://a.example/{id}' }), ['/url']);
    assert.deepEqual(await paths({ url: 'https://{host}/x' }), ['/url', '/url']);
    assert.deepEqual(await paths({ url: 'https://a.example/', input: { type: 'array' } }), ['/input/type']);
    assert.deepEqual(await paths({ url: 'https://a.example/' }), []);
  });

  it('reaches no address inside the network that was not allowed', async () => {
    for (const url of [
      `http://localhost:${shop.host.split(':')[1]}/`,
      'http://169.254.169.254/',
      'http://[::1]/',
    ]) {
      const { tool } = await openTools(kind(), { description: 'Reads something.', url }, 'x');
      await assert.rejects(call(tool('x'), {}), { code: /^AF_OUTBOUND_(URL|ADDRESS)_REFUSED$/ });
    }
    assert.equal(shop.seen.length, 0);
  });

  it('keeps what is no text as an artifact, and says so where there is no store', async () => {
    shop.answer = (_request, response) =>
      void response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([1, 2, 3]));
    const { tool } = await openTools(kind(), { description: 'Draws.', url: `${shop.url}/` }, 'draw');
    await assert.rejects(call(tool('draw'), {}), { code: 'AF_TOOLS_OPENAPI_ANSWER' });
    shop.answer = (_request, response) => json(response, 200, null);
    assert.equal(await call(tool('draw'), {}), null);
  });
});
