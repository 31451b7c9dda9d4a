import assert from 'node:assert/strict';
import type { JsonObject } from '@agent-factory/sdk';
import { namesTag } from '../src/entity-tag.ts';
import { bootApi, fullText, route, routesPlugin, type TestApi } from './support/boot-api.ts';

describe('an answer that carries a tag', () => {
  let api: TestApi;
  let thing = { a: 1 };
  let written = 0;
  /** Counts how often it is made text. */
  const counted = (body: JsonObject): JsonObject =>
    Object.defineProperty(body, 'toJSON', { value: () => (written++, body) });
  let constant = counted({ a: 1, b: 2 });
  before(async () => {
    const things = routesPlugin(
      'things',
      route('/api/v1/thing', { revalidates: true, handler: async () => ({ body: thing }) }),
      route('/api/v1/gone', {
        revalidates: true,
        responses: {
          200: { description: 'It.' },
          404: { description: 'It is gone.', schema: { type: 'object' } },
        },
        handler: async () => ({ status: 404, body: {} }),
      }),
      route('/api/v1/other', { handler: async () => ({ body: thing }) }),
      route('/api/v1/constant', {
        revalidates: true,
        constant: true,
        responses: { 200: { description: 'It.', schema: { type: 'object' } } },
        handler: async () => ({ body: constant }),
      }),
    );
    api = await bootApi([things]);
  });
  after(() => api.close());

  const get = async (path: string, tag?: string, method = 'GET') => {
    const headers: Record<string, string> = tag === undefined ? {} : { 'if-none-match': tag };
    const answer = await fetch(`${api.url}/api/v1/${path}`, { headers, method });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };

  it('is not sent again while it is the same, and is when it has changed', async () => {
    const first = await get('thing');
    const tag = first.headers.get('etag') ?? '';
    assert.match(tag, /^"[\w-]{22}"$/);
    const same = await get('thing', tag);
    assert.deepEqual([same.status, same.text, same.headers.get('etag')], [304, '', tag]);
    assert.equal((await get('thing', `"x", W/${tag}`)).status, 304);
    assert.equal((await get('thing', tag, 'HEAD')).status, 304);
    thing = { a: 2 };
    const changed = await get('thing', tag);
    assert.deepEqual([changed.status, changed.text], [200, '{"a":2}']);
    assert.notEqual(changed.headers.get('etag'), tag);
  });

  it('is written once where its route says that it is constant, until there is another', async () => {
    const first = await get('constant');
    const again = await get('constant');
    assert.deepEqual([again.text, again.headers.get('etag')], [first.text, first.headers.get('etag')]);
    assert.equal((await get('constant', first.headers.get('etag') ?? '')).status, 304);
    assert.equal((await get('constant?fields=a')).text, '{"a":1}');
    assert.equal(written, 1);
    constant = counted({ a: 2 });
    assert.deepEqual([(await get('constant')).text, written], ['{"a":2}', 2]);
    const wrong = routesPlugin('wrong', route('/api/v1/wrong', { method: 'POST', constant: true }));
    await assert.rejects(bootApi([wrong]), (error: Error) => /only GET routes/.test(fullText(error)));
  });

  it('may be kept by whoever asked, and shown to nobody else', async () => {
    const { headers } = await get('thing');
    assert.equal(headers.get('cache-control'), 'private, no-cache');
    assert.equal(headers.get('vary'), 'authorization, cookie, x-tenant');
  });

  it('is none of a route that does not say so, nor of a failure', async () => {
    for (const path of ['other', 'gone', 'nowhere']) {
      const { headers } = await get(path, '*');
      assert.deepEqual([headers.get('etag'), headers.get('cache-control')], [null, 'no-store'], path);
    }
  });

  it('is told in the document, and is for GET alone', async () => {
    const { paths } = JSON.parse((await get('openapi.json')).text) as {
      paths: Record<string, { get: object }>;
    }; // as OpenAPI says
    const responses = (path: string): object => Object(paths[`/api/v1/${path}`]?.get).responses;
    assert.ok('304' in responses('thing') && !('304' in responses('other')));
    const wrong = routesPlugin('wrong', route('/api/v1/wrong', { method: 'POST', revalidates: true }));
    await assert.rejects(bootApi([wrong]), (error: Error) => /only GET routes/.test(fullText(error)));
  });

  it('is named by a header as RFC 9110 says', () => {
    for (const header of ['"a"', '*', 'W/"a"', '"b" , "a"']) assert.ok(namesTag(header, '"a"'), header);
    for (const header of [undefined, '', 'a', '"A"', '"ab"']) assert.ok(!namesTag(header, '"a"'), header);
  });
});
