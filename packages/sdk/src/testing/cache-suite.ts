import assert from 'node:assert/strict';
import type { Cache } from '../contracts/cache.ts';
import type { Json } from '../json.ts';
import { onFixture, type ConformanceCase, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** One empty cache for one case. */
export interface CacheFixture {
  readonly cache: Cache;
  /** Another handle on the same entries, as a second process would have; left out where a cache is not shared. */
  readonly another?: () => Promise<Cache>;
  /** Lets this many milliseconds pass for every entry, without waiting. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

const hour = 3_600_000;

/** What every {@link Cache} must do. `open` gives an empty one each time. */
export function cacheSuite(open: () => Promise<CacheFixture>): ConformanceSuite {
  const given = onFixture(open);
  const on = (name: string, work: (cache: Cache, fixture: CacheFixture) => Promise<void>): ConformanceCase =>
    given(name, (fixture) => work(fixture.cache, fixture));

  return [
    on('gives back every kind of JSON, and undefined for what is missing', async (cache) => {
      const values: readonly Json[] = [
        null,
        0,
        -1.5,
        '',
        'it’s ✓ 😀\u0000\n',
        true,
        [],
        {},
        [{ a: [null, { b: 'c' }] }],
      ];
      for (const [index, value] of values.entries()) await cache.set(`k${index}`, value);
      for (const [index, value] of values.entries()) assert.deepEqual(await cache.get(`k${index}`), value);
      assert.equal(await cache.get('missing'), undefined);
    }),
    on('keeps a large value', async (cache) => {
      const value = '✓'.repeat(500_000);
      await cache.set('large', value);
      assert.equal(await cache.get('large'), value);
    }),
    on('is not changed by what happens to a value outside', async (cache) => {
      const value = { list: [1] };
      await cache.set('k', value);
      value.list.push(2);
      const read = (await cache.get('k')) as { list: number[] };
      assert.deepEqual(read, { list: [1] });
      read.list.push(3);
      assert.deepEqual(await cache.get('k'), { list: [1] });
    }),
    on('replaces and removes', async (cache) => {
      await cache.set('k', 1);
      await cache.set('k', 2);
      assert.equal(await cache.get('k'), 2);
      await cache.delete('k');
      await cache.delete('k');
      assert.equal(await cache.get('k'), undefined);
    }),
    on('takes any characters in a key and a tag', async (cache) => {
      const names = ['a:b', '{a}', '*', 'a b\n', '你好', 'x'.repeat(512), '__proto__', 'constructor'];
      for (const name of names) await cache.set(name, name, { tags: [name] });
      for (const name of names) assert.equal(await cache.get(name), name);
      await cache.deleteTag('*');
      assert.equal(await cache.get('*'), undefined);
      assert.equal(await cache.get('a:b'), 'a:b');
    }),
    on('lets go of an entry when its time is over, and of no other', async (cache, { elapse }) => {
      await cache.set('short', 1, { ttlMs: hour });
      await cache.set('long', 2, { ttlMs: 3 * hour });
      await elapse(hour / 2);
      assert.deepEqual([await cache.get('short'), await cache.get('long')], [1, 2]);
      await elapse(hour);
      assert.deepEqual([await cache.get('short'), await cache.get('long')], [undefined, 2]);
    }),
    on('begins the time anew when an entry is replaced, not when it is read', async (cache, { elapse }) => {
      await cache.set('replaced', 1, { ttlMs: hour });
      await cache.set('read', 1, { ttlMs: hour });
      await elapse(0.7 * hour);
      await cache.set('replaced', 2, { ttlMs: hour });
      await cache.get('read');
      await elapse(0.7 * hour);
      assert.deepEqual([await cache.get('replaced'), await cache.get('read')], [2, undefined]);
    }),
    on('removes every entry of a tag, and no other', async (cache) => {
      await cache.set('one', 1, { tags: ['a'] });
      await cache.set('both', 2, { tags: ['a', 'b'] });
      await cache.set('other', 3, { tags: ['b'] });
      await cache.set('none', 4);
      await cache.deleteTag('a');
      const read = async (): Promise<readonly unknown[]> =>
        Promise.all(['one', 'both', 'other', 'none'].map((key) => cache.get(key)));
      assert.deepEqual(await read(), [undefined, undefined, 3, 4]);
      await cache.deleteTag('never used');
      await cache.set('one', 5, { tags: ['a'] });
      assert.deepEqual(await read(), [5, undefined, 3, 4]);
    }),
    on('forgets the tags of an entry that was replaced', async (cache) => {
      await cache.set('k', 1, { tags: ['a'] });
      await cache.set('k', 2, { tags: ['b'] });
      await cache.deleteTag('a');
      assert.equal(await cache.get('k'), 2);
      await cache.deleteTag('b');
      assert.equal(await cache.get('k'), undefined);
    }),
    on('makes a value once for all who ask at the same moment', async (cache) => {
      let calls = 0;
      const { promise: going, resolve: go } = Promise.withResolvers<void>();
      const make = async (): Promise<Json> => {
        calls++;
        await going;
        return { calls };
      };
      const asked = Array.from({ length: 20 }, () => cache.getOrSet('k', make));
      go();
      for (const value of await Promise.all(asked)) assert.deepEqual(value, { calls: 1 });
      assert.deepEqual(await cache.getOrSet('k', make), { calls: 1 });
      assert.deepEqual(await cache.get('k'), { calls: 1 });
    }),
    on('gives each caller a value of his own', async (cache) => {
      const asked = [1, 2].map(() => cache.getOrSet('k', async () => ({ list: [1] })));
      const [first, second] = (await Promise.all(asked)) as unknown as { list: number[] }[];
      first?.list.push(2);
      assert.deepEqual([second, await cache.get('k')], [{ list: [1] }, { list: [1] }]);
    }),
    on('keeps null as a value that was made', async (cache) => {
      let calls = 0;
      const make = async (): Promise<null> => (calls++, null);
      assert.deepEqual(
        [await cache.getOrSet('k', make), await cache.getOrSet('k', make), calls],
        [null, null, 1],
      );
    }),
    on('gives an error of making to all, keeps nothing, and tries again', async (cache) => {
      const mine = new Error('no luck');
      const asked = Array.from({ length: 3 }, () => cache.getOrSet('k', () => Promise.reject(mine)));
      for (const result of await Promise.allSettled(asked))
        assert.ok(result.status === 'rejected' && result.reason === mine);
      assert.equal(await cache.get('k'), undefined);
      assert.equal(await cache.getOrSet('k', async () => 'now'), 'now');
    }),
    on('keeps what was made as long as it is told, under its tags', async (cache, { elapse }) => {
      await cache.getOrSet('timed', async () => 1, { ttlMs: hour });
      await cache.getOrSet('tagged', async () => 2, { ttlMs: 3 * hour, tags: ['a'] });
      await elapse(1.5 * hour);
      assert.deepEqual([await cache.get('timed'), await cache.get('tagged')], [undefined, 2]);
      await cache.deleteTag('a');
      assert.equal(await cache.get('tagged'), undefined);
    }),
    ...['key', 'tag'].map((what) =>
      on(`does not keep what was made while its ${what} was removed`, async (cache) => {
        const { promise: going, resolve: go } = Promise.withResolvers<void>();
        const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
        const make = async (): Promise<Json> => {
          begin();
          await going;
          return 'old';
        };
        const asked = cache.getOrSet('k', make, { tags: ['t'] });
        await begun;
        if (what === 'key') await cache.delete('k');
        else await cache.deleteTag('t');
        const anew = cache.getOrSet('k', async () => 'new', { tags: ['t'] });
        go();
        assert.deepEqual([await asked, await anew], ['old', 'new']);
        assert.equal(await cache.get('k'), 'new');
      }),
    ),
    on('refuses what does not fit, and says so', async (cache) => {
      for (const key of ['', 'x'.repeat(513)]) {
        await rejectsWith(cache.get(key), 'AF_CACHE_REQUEST_INVALID');
        await rejectsWith(cache.set(key, 1), 'AF_CACHE_REQUEST_INVALID');
        await rejectsWith(cache.set('k', 1, { tags: ['fine', key] }), 'AF_CACHE_REQUEST_INVALID');
        await rejectsWith(cache.deleteTag(key), 'AF_CACHE_REQUEST_INVALID');
      }
      for (const ttlMs of [0, -1, 1.5, NaN, Infinity])
        await rejectsWith(cache.set('k', 1, { ttlMs }), 'AF_CACHE_REQUEST_INVALID');
      const circular: { self?: unknown } = {};
      circular.self = circular;
      for (const value of [undefined, 1n, circular]) {
        // What the types forbid is what this case is about.
        await rejectsWith(cache.set('k', value as Json), 'AF_CACHE_REQUEST_INVALID');
        await rejectsWith(
          cache.getOrSet('k', async () => value as Json),
          'AF_CACHE_REQUEST_INVALID',
        );
      }
      assert.equal(await cache.get('k'), undefined);
    }),
    on('shows another handle what it keeps and what it removed', async (cache, { another }) => {
      if (another === undefined) return; // a cache of one process has no other handle
      const other = await another();
      await cache.set('k', 1, { tags: ['t'] });
      assert.equal(await other.get('k'), 1);
      await other.deleteTag('t');
      assert.equal(await cache.get('k'), undefined);
      await other.set('k', 2, { tags: ['t'] });
      assert.equal(await cache.get('k'), 2);
      await other.delete('k');
      assert.equal(await cache.get('k'), undefined);
    }),
    on('does not keep what was made while another handle removed its tag', async (cache, { another }) => {
      if (another === undefined) return; // a cache of one process has no other handle
      const other = await another();
      await cache.getOrSet(
        'k',
        async () => {
          await other.deleteTag('t');
          return 'old';
        },
        { tags: ['t'] },
      );
      assert.equal(await other.get('k'), undefined);
    }),
  ];
}
