import assert from 'node:assert/strict';
import { defineErrors } from '@agent-factory/sdk';
import { bootApi, route, routesPlugin, type TestApi } from './support/boot-api.ts';
import { post, problemIn } from './support/raw-http.ts';

const table = {
  AF_TEST_STATEMENT: {
    message: 'A statement cannot run (in: SELECT secret FROM af_things)',
    fix: 'Mend it.',
  },
  AF_TEST_LOST: { message: 'The thing is lost.', fix: 'Look for it.' },
} as const;
const errors = defineErrors(table);

const routes = [
  route('/api/v1/things', {
    method: 'POST',
    body: { type: 'object' },
    handler: async ({ body }) => ({ body }),
  }),
  route('/api/v1/things/{id}', {
    query: { type: 'object', properties: { after: { type: 'integer' }, word: { type: 'string' } } },
    handler: async ({ query }) => ({ body: query }),
  }),
  route('/api/v1/statement', { handler: () => Promise.reject(errors.AF_TEST_STATEMENT({})) }),
  route('/api/v1/lost', {
    errors: { AF_TEST_LOST: table.AF_TEST_LOST },
    handler: () => Promise.reject(errors.AF_TEST_LOST({})),
  }),
];

describe('what no storage keeps', () => {
  let api: TestApi;
  before(async () => {
    api = await bootApi([routesPlugin('things', ...routes)]);
  });
  after(() => api.close());
  const at = (path: string): string => `${api.url}/api/v1/${path}`;

  for (const [what, body, pointer] of [
    ['half a character', { a: [{ b: '\ud800' }] }, '/body/a/0/b'],
    ['half a character in a name', { a: { 'x\udc00': 1 } }, '/body/a'],
    ['the character U+0000', { a: 'b\u0000' }, '/body/a'],
    ['the character U+0000 in a name', { '\u0000': 1 }, '/body'],
  ] as const)
    it(`is not taken in a body: ${what}`, async () => {
      const problem = await problemIn(await post(at('things'), body));
      assert.deepEqual([problem.status, problem.code], [400, 'AF_HTTP_REQUEST_INVALID']);
      assert.deepEqual(
        problem.errors?.map((one) => one.pointer),
        [pointer],
      );
    });

  it('is not mistaken for what only looks like it', async () => {
    const body = { 'a\u0001': '\u{1f600} \\u0000 \\ud800 \ufffd' };
    assert.deepEqual(await (await post(at('things'), body)).json(), body);
  });

  it('is not taken in a path or a query', async () => {
    for (const [path, pointer] of [
      ['things/a%00b', '/params/id'],
      ['things/a?word=%00', '/query/word'],
      ['things/a?word=b&word=%00', '/query/word'],
      ['things/a?x%00=1', '/query/x'],
    ] as const) {
      const problem = await problemIn(await fetch(at(path)));
      assert.deepEqual([problem.status, problem.errors?.map((one) => one.pointer)], [400, [pointer]], path);
    }
    assert.equal((await fetch(at('things/a%2500'))).status, 200);
  });

  it('is not taken as an integer either, which beyond 2^53 stands for its neighbours too', async () => {
    assert.equal((await fetch(at('things/a?after=9007199254740991'))).status, 200);
    for (const text of ['9007199254740993', '-9007199254740993', '1e300', '1e400'])
      assert.equal((await fetch(at(`things/a?after=${text}`))).status, 400, text);
  });
});

describe('errors that say nothing of HTTP', () => {
  let api: TestApi;
  before(async () => {
    api = await bootApi([routesPlugin('things', ...routes)]);
  });
  after(() => api.close());
  const at = (path: string): string => `${api.url}/api/v1/${path}`;

  it('keep their words for the log, where a route does not declare them', async () => {
    const response = await fetch(at('statement'));
    const problem = await problemIn(response.clone());
    assert.deepEqual([problem.status, problem.code], [500, 'AF_HTTP_INTERNAL']);
    assert.doesNotMatch(await response.text(), /SELECT|af_things/);
    assert.ok(api.log.some((line) => line.includes('SELECT secret FROM af_things')));
    assert.equal((await problemIn(await fetch(at('lost')))).code, 'AF_TEST_LOST');
  });

  it('are found where their problem says they are explained, those of access too', async () => {
    assert.equal((await fetch(at('errors/AF_ACCESS_DENIED'))).status, 200);
  });
});
