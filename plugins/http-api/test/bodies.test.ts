import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { bootApi, route, routesPlugin, type TestApi } from './support/boot-api.ts';
import { post, problemIn, sendRaw } from './support/raw-http.ts';

const bodySchema = {
  type: 'object',
  properties: { name: { type: 'string' }, size: { type: 'integer', minimum: 1 }, more: { type: 'object' } },
  required: ['name'],
  additionalProperties: false,
};

const routes = [
  route('/api/v1/things', { method: 'POST', body: bodySchema, handler: async ({ body }) => ({ body }) }),
  route('/api/v1/things/{id}', { query: { type: 'object', additionalProperties: false } }),
];

describe('request bodies of the HTTP API', () => {
  let api: TestApi;
  before(async () => {
    api = await bootApi([routesPlugin('things', ...routes)], { maxBodyBytes: 2048 });
  });
  after(() => api.close());
  const at = (path: string): string => `${api.url}/api/v1/${path}`;

  it('name every fault of a body by its JSON Pointer', async () => {
    const problem = await problemIn(await post(at('things'), { nmae: 'nut', size: 'big' }));
    assert.equal(problem.status, 400);
    assert.equal(problem.code, 'AF_HTTP_REQUEST_INVALID');
    assert.deepEqual(problem.errors?.map(({ pointer }) => pointer).sort(), [
      '/body/name',
      '/body/nmae',
      '/body/size',
    ]);
    assert.match(problem.detail, /3 problem/);
  });

  for (const [what, text] of [
    ['a cut-off object', '{"name":'],
    ['nothing but spaces', '  '],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ] as const) {
    it(`answer 400 to ${what}`, async () => {
      const headers = { 'content-type': 'application/json' };
      const problem = await problemIn(await fetch(at('things'), { method: 'POST', headers, body: text }));
      assert.deepEqual([problem.status, problem.code], [400, 'AF_HTTP_BODY_MALFORMED']);
    });
  }

  it('answer 400 to a missing body', async () => {
    const problem = await problemIn(await fetch(at('things'), { method: 'POST' }));
    assert.deepEqual(
      problem.errors?.map(({ pointer }) => pointer),
      ['/body'],
    );
  });

  it('refuse the key __proto__ at any depth, and pollute nothing', async () => {
    const bodies: [string, string][] = [
      ['{"name":"a","__proto__":{"polluted":1}}', '/body/__proto__'],
      ['{"name":"a","more":{"b/c":[1,{"\\u005f_proto__":{"polluted":1}}]}}', '/body/more/b~1c/1/__proto__'],
    ];
    for (const [body, pointer] of bodies) {
      const problem = await problemIn(await post(at('things'), body));
      assert.deepEqual(
        problem.errors?.map((one) => one.pointer),
        [pointer],
      );
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    const query = await fetch(at('things/7?__proto__=1&__proto__[polluted]=1'));
    assert.deepEqual((await problemIn(query)).errors?.map(({ pointer }) => pointer).sort(), [
      '/query/__proto__',
      '/query/__proto__[polluted]',
    ]);
  });

  it('refuse a body nested too deep', async () => {
    const problem = await problemIn(
      await post(at('things'), `{"name":"a","more":{"a":${'['.repeat(500)}${']'.repeat(500)}}}`),
    );
    assert.match(problem.detail, /nested more than 100 deep/);
  });

  it('answer 413 to a body whose length is too large, before it is sent', async () => {
    const answer = await sendRaw(
      api.port,
      `POST /api/v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`,
      'AF_HTTP_BODY_TOO_LARGE',
    );
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  it('answer 413 to a chunked body that grows too large, and go on serving the connection', async () => {
    const chunk = `${(1024).toString(16)}\r\n${' '.repeat(1024)}\r\n`;
    const socket = connect(api.port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const answered = async (text: string): Promise<void> => {
      while (!answer.includes(text)) await once(socket, 'data');
    };
    const head =
      'POST /api/v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    socket.write(head + chunk.repeat(3));
    await answered('AF_HTTP_BODY_TOO_LARGE');
    socket.write(`${chunk.repeat(3)}0\r\n\r\nGET /api/v1/things/7 HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await answered('HTTP/1.1 200');
    socket.destroy();
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  it('reach a client that sends megabytes too many', async () => {
    const problem = await problemIn(
      await post(at('things'), JSON.stringify({ name: 'x'.repeat(5_000_000) })),
    );
    assert.deepEqual([problem.status, problem.code], [413, 'AF_HTTP_BODY_TOO_LARGE']);
  });

  it('answer 415 to a body that is no JSON, or compressed, or in another character set', async () => {
    const types: Record<string, string>[] = [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application/json; charset=latin1' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    ];
    for (const headers of types) {
      const problem = await problemIn(await post(at('things'), '{"name":"a"}', headers));
      assert.deepEqual([problem.status, problem.code], [415, 'AF_HTTP_MEDIA_TYPE'], JSON.stringify(headers));
    }
    const fine = await post(at('things'), '{"name":"a"}', {
      'content-type': 'application/merge-patch+json; charset=UTF-8',
    });
    assert.equal(fine.status, 200);
  });
});
