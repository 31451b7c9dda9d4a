import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { Cache } from '@agent-factory/sdk/contracts';
import { bootTestKernel, cacheSuite, type CacheFixture } from '@agent-factory/sdk/testing';
import { createMemoryCache } from '../src/memory-cache.ts';

const defaults = { maxEntries: 10_000, maxBytes: 67_108_864, ttlMs: 300_000 };

/** A cache whose clock the test moves. */
async function openTestCache(): Promise<CacheFixture> {
  let passed = 1_000;
  const cache = createMemoryCache(defaults, { now: () => passed });
  return {
    cache,
    elapse: async (ms) => void (passed += ms),
    close: async () => cache.clear(),
  };
}

describe('cache-memory', () => {
  describe('as a cache', () => {
    for (const { name, run } of cacheSuite(openTestCache)) it(name, run);
  });

  it('lets go of what was not used for longest when there are too many', async () => {
    const cache = createMemoryCache({ ...defaults, maxEntries: 2 });
    await cache.set('a', 1, { tags: ['t'] });
    await cache.set('b', 2);
    await cache.get('a');
    await cache.set('c', 3);
    assert.deepEqual([await cache.get('a'), await cache.get('b'), await cache.get('c')], [1, undefined, 3]);
  });

  it('lets go of entries when they are too large together, and keeps none that is too large alone', async () => {
    const cache = createMemoryCache({ ...defaults, maxBytes: 1_024 });
    await cache.set('a', 'x'.repeat(500));
    await cache.set('b', 'x'.repeat(500));
    await cache.set('c', '✓'.repeat(200));
    assert.deepEqual([await cache.get('a'), await cache.get('c')], [undefined, '✓'.repeat(200)]);
    await cache.set('b', 'x'.repeat(2_000), { tags: ['t'] });
    assert.equal(await cache.get('b'), undefined);
    await cache.deleteTag('t');
  });

  it('keeps an entry as long as configured where the caller does not say', async () => {
    let passed = 1_000;
    const cache = createMemoryCache({ ...defaults, ttlMs: 1_000 }, { now: () => passed });
    await cache.set('k', 1);
    passed = 1_900;
    assert.equal(await cache.get('k'), 1);
    passed = 2_100;
    assert.equal(await cache.get('k'), undefined);
  });

  it('does not put what was made in the place of what was set meanwhile', async () => {
    const cache = createMemoryCache(defaults);
    const { promise: going, resolve: go } = Promise.withResolvers<void>();
    const made = cache.getOrSet('k', async () => (await going, 'made'));
    await cache.set('k', 'set');
    go();
    assert.deepEqual([await made, await cache.get('k')], ['made', 'set']);
  });

  it('boots as a plugin and is empty again afterwards', async () => {
    const kernel = await bootTestKernel({ plugins: [dirname(import.meta.dirname)] });
    const cache = kernel.use(Cache);
    await cache.set('k', 1);
    assert.equal(await cache.get('k'), 1);
    await kernel.close();
    assert.equal(await cache.get('k'), undefined);
  });
});
