import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { Cache, RateLimiter } from '@agent-factory/sdk/contracts';
import { bootTestKernel, cacheSuite, rateLimiterSuite } from '@agent-factory/sdk/testing';
import { freshRedis } from '@agent-factory/test-servers';
import { openTestCache, openTestLimiter } from './open-test-cache.ts';

const folder = dirname(import.meta.dirname);

describe('cache-redis', function () {
  this.timeout(30_000);

  describe('as a cache', () => {
    for (const { name, run } of cacheSuite(openTestCache)) it(name, run);
  });

  describe('as a rate limiter', () => {
    for (const { name, run } of rateLimiterSuite(openTestLimiter)) it(name, run);
  });

  it('counts for itself while the server is away', async () => {
    const plugins = [{ use: folder, config: { url: 'redis://127.0.0.1:1' } }];
    const kernel = await bootTestKernel({ plugins });
    const take = () => kernel.use(RateLimiter).take([{ key: 'a', limit: 1, windowMs: 86_400_000 }]);
    assert.deepEqual([(await take()).allowed, (await take()).allowed], [true, false]);
    await kernel.close();
  });

  it('gives every key a time, so that nothing stays for ever', async () => {
    const { cache, redis, close } = await openTestCache();
    await cache.set('k', 1, { tags: ['a', 'b'] });
    await cache.getOrSet('l', async () => 2, { ttlMs: 1_000 });
    const keys = await redis.keys('*');
    assert.equal(keys.length, 4);
    for (const key of keys) assert.ok((await redis.pttl(key)) > 0, key);
    await close();
  });

  it('leaves no key of a tenant that is erased, and every key of others', async () => {
    const { cache, redis, close } = await openTestCache();
    const fill = async (tenant: string): Promise<void> => {
      for (let n = 0; n < 50; n++)
        await cache.set(`${tenant}:models:${n}`, n, { tags: [`${tenant}:models`] });
      await cache.limiter.take([{ key: `tenant-read:60:${tenant}`, limit: 5, windowMs: 60_000 }]);
    };
    await fill('acme');
    await fill('acme-2');
    const before = await redis.keys('*acme-2*');
    await cache.erase('acme');
    assert.deepEqual((await redis.keys('*')).sort(), before.sort());
    await close();
  });

  it('takes a value of another program for a missing one, and puts its own in the place', async () => {
    const { cache, redis, close } = await openTestCache();
    await redis.rpush('test:k:list', 'x');
    await redis.set('test:k:text', 'no JSON');
    await redis.set('test:k:json', '{"v":1,"t":"odd"}');
    await redis.rpush('test:t:tag', 'x');
    for (const key of ['list', 'text', 'json']) {
      assert.equal(await cache.get(key), undefined);
      await cache.set(key, 'mine', { tags: ['tag'] });
      assert.equal(await cache.get(key), 'mine');
    }
    await cache.deleteTag('tag');
    assert.equal(await cache.get('list'), undefined);
    await close();
  });

  it('boots as a plugin, and lets go of its connection', async () => {
    const server = await freshRedis();
    const plugins = [{ use: folder, config: { url: server.url } }];
    const kernel = await bootTestKernel({ plugins });
    const cache = kernel.use(Cache);
    await cache.set('k', 1);
    assert.equal(await cache.get('k'), 1);
    await kernel.close();
    assert.equal(await cache.get('k'), undefined);
    await server.close();
  });

  it('boots without a server, and is empty', async () => {
    const plugins = [{ use: folder, config: { url: 'redis://:hidden@127.0.0.1:1' } }];
    const kernel = await bootTestKernel({ plugins });
    const cache = kernel.use(Cache);
    await cache.set('k', 1);
    assert.equal(await cache.get('k'), undefined);
    assert.equal(await cache.getOrSet('k', async () => 2), 2);
    await kernel.close();
  });
});
