import assert from 'node:assert/strict';
import { bootApi, route, routesPlugin, type TestApi } from './support/boot-api.ts';

const ending = { since: '2026-11-29', sunset: '2027-11-29', successor: '/api/v1/new' };
const told = {
  deprecation: '@1795910400',
  sunset: 'Mon, 29 Nov 2027 00:00:00 GMT',
  link: '</api/v1/new>; rel="successor-version"',
};

describe('a route on its way out', () => {
  let api: TestApi;
  before(async () => {
    const old = routesPlugin(
      'old',
      route('/api/v1/old', { deprecated: ending }),
      route('/api/v1/old/stream', {
        deprecated: ending,
        handler: async () => ({ stream: (async function* () {})() }),
      }),
      route('/api/v1/old/broken', {
        deprecated: { since: '2026-11-29' },
        handler: async () => Promise.reject(new Error('a test')),
      }),
      route('/api/v1/new', {}),
    );
    api = await bootApi([old]);
  });
  after(() => api.close());

  const headersOf = async (path: string): Promise<Record<string, string | null>> => {
    const answer = await fetch(`${api.url}/api/v1/${path}`);
    await answer.text();
    return Object.fromEntries(Object.keys(told).map((name) => [name, answer.headers.get(name)]));
  };

  it('says so in every answer, also in problems and streams; others say nothing', async () => {
    assert.deepEqual(await headersOf('old'), told);
    assert.deepEqual(await headersOf('old/stream'), told);
    const nothingElse = { sunset: null, link: null };
    assert.deepEqual(await headersOf('old/broken'), { ...nothingElse, deprecation: told.deprecation });
    assert.deepEqual(await headersOf('new'), { ...nothingElse, deprecation: null });
  });

  it('says so in the document', async () => {
    const { paths } = Object(await (await fetch(`${api.url}/api/v1/openapi.json`)).json());
    const of = (path: string) => Object(paths[`/api/v1/${path}`].get);
    assert.deepEqual([of('old').deprecated, of('old')['x-sunset']], [true, '2027-11-29']);
    assert.ok(!('deprecated' in of('new')));
  });

  for (const [what, deprecated, reason] of [
    ['a day there is not', { since: '2026-02-30' }, /"2026-02-30" is no day/],
    ['a time', { since: '2026-11-29T00:00:00Z' }, /is no day/],
    [
      'an end before its beginning',
      { since: '2026-11-29', sunset: '2026-11-28' },
      /gone before it is deprecated/,
    ],
    ['a successor that is no path', { since: '2026-11-29', successor: 'a>; rel="x"' }, /is no path/],
  ] as const)
    it(`is not served with ${what}`, async () => {
      const plugin = routesPlugin('wrong', route('/api/v1/wrong', { deprecated }));
      await assert.rejects(bootApi([plugin]), (error: Error) => reason.test(fullText(error)));
    });
});

/** The message of an error and of what it came from. */
function fullText(error: unknown): string {
  return error instanceof Error ? `${error.message} ${fullText(error.cause)}` : '';
}
