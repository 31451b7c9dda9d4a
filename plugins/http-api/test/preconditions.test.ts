import assert from 'node:assert/strict';
import { readPrecondition } from '../src/entity-tag.ts';
import { bootApi, fullText, route, routesPlugin, type TestApi } from './support/boot-api.ts';

const matched: readonly (readonly [header: string, tag: string | undefined, holds: boolean])[] = [
  ['"a"', '"a"', true],
  ['"b", "a"', '"a"', true],
  ['*', '"a"', true],
  ['"b"', '"a"', false],
  ['W/"a"', '"a"', false],
  ['a', '"a"', false],
  ['', '"a"', false],
  ['"a"', undefined, false],
  ['*', undefined, false],
  // What stands behind a "~" is of what changes by itself.
  ['"a~1"', '"a"', true],
  ['"b", "a~1"', '"a~2"', true],
  ['"b~1"', '"a~1"', false],
];

describe('preconditions', () => {
  let api: TestApi;
  before(async () => {
    const shown = route('/api/v1/things/{id}', {
      method: 'PUT',
      preconditions: true,
      handler: async ({ precondition }) => ({ body: { holds: precondition ? precondition('"a"') : null } }),
    });
    const plain = ['PUT', 'PATCH', 'DELETE', 'POST', 'GET'] as const;
    api = await bootApi([
      routesPlugin('things', shown, ...plain.map((method) => route('/api/v1/plain', { method }))),
    ]);
  });
  after(() => api.close());

  const send = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${api.url}/api/v1/${path}`, { method, headers });
    return { status: answer.status, body: (await answer.json()) as { holds?: boolean; code?: string } };
  };

  it('hold for a tag, or for its absence, as RFC 9110 says', () => {
    for (const [header, tag, holds] of matched)
      assert.equal(readPrecondition({ 'if-match': header })?.(tag), holds, `if-match ${header}, ${tag}`);
    const isNew = readPrecondition({ 'if-none-match': '*' });
    assert.deepEqual([isNew?.('"a"'), isNew?.(undefined)], [false, true]);
    assert.equal(readPrecondition({ 'if-none-match': '"b"' })?.('"a"'), true);
    assert.equal(readPrecondition({ 'if-match': '*', 'if-none-match': '"a"' })?.('"a"'), false);
    assert.equal(readPrecondition({}), undefined);
  });

  it('reach the handler of a route that takes them, and are left out where nothing is asked', async () => {
    assert.equal((await send('PUT', 'things/1')).body.holds, null);
    assert.equal((await send('PUT', 'things/1', { 'if-match': '"a"' })).body.holds, true);
    assert.equal((await send('PUT', 'things/1', { 'if-none-match': '*' })).body.holds, false);
  });

  it('are refused by a route that would carry the change out unasked', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const { status, body } = await send(method, 'plain', { 'if-match': '*' });
      assert.deepEqual([status, body.code], [412, 'AF_HTTP_NO_ENTITY_TAG'], method);
    }
    for (const method of ['POST', 'GET'])
      assert.equal((await send(method, 'plain', { 'if-match': '*' })).status, 200, method);
  });

  it('are told in the document, and are for what changes a thing alone', async () => {
    const answer = await fetch(`${api.url}/api/v1/openapi.json`);
    const { paths } = (await answer.json()) as {
      paths: Record<string, { put: { parameters: readonly { in: string; name: string }[] } }>;
    }; // as OpenAPI says
    const headers = (path: string) =>
      paths[path]?.put.parameters.filter((each) => each.in === 'header').map(({ name }) => name);
    assert.deepEqual(headers('/api/v1/things/{id}'), ['if-match', 'if-none-match']);
    assert.deepEqual(headers('/api/v1/plain'), []);
    const wrong = routesPlugin('wrong', route('/api/v1/wrong', { method: 'POST', preconditions: true }));
    await assert.rejects(bootApi([wrong]), (error: Error) => /DELETE routes take/.test(fullText(error)));
  });
});
