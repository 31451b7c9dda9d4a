import type { Logger } from '@agent-factory/sdk';
import type { CacheFixture, RateLimiterFixture } from '@agent-factory/sdk/testing';
import { freshRedis } from '@agent-factory/test-servers';
import { Redis } from 'ioredis';
import { createRedisCache, type RedisCache, type RedisCacheOptions } from '../src/redis-cache.ts';

/** Lines that were logged, the level first. */
export function recordLog(): { readonly lines: string[]; readonly log: Logger } {
  const lines: string[] = [];
  const write =
    (level: string) =>
    (message: string, fields: object = {}): void =>
      void lines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
  const log: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => log,
  };
  return { lines, log };
}

/** A cache on a server. */
export function testCache(url: string, options: Partial<RedisCacheOptions> = {}): RedisCache {
  // Long enough for a busy machine: a test that is about time sets its own.
  return createRedisCache({
    url,
    prefix: 'test:',
    timeoutMs: 5_000,
    ttlMs: 300_000,
    log: recordLog().log,
    ...options,
  });
}

/** An empty cache on a server of its own, and a way to the server. */
export async function openTestCache(): Promise<
  CacheFixture & { readonly cache: RedisCache; readonly redis: Redis }
> {
  const server = await freshRedis();
  const redis = new Redis(server.url);
  const caches: RedisCache[] = [];
  const open = async (): Promise<RedisCache> => {
    const cache = testCache(server.url);
    caches.push(cache);
    await cache.opened;
    return cache;
  };
  return {
    cache: await open(),
    redis,
    another: open,
    async elapse(ms) {
      for (const key of await redis.keys('*')) {
        const left = (await redis.pttl(key)) - ms;
        if (left > 0) await redis.pexpire(key, left);
        else await redis.del(key);
      }
    },
    async close() {
      for (const cache of caches) cache.close();
      redis.disconnect();
      await server.close();
    },
  };
}

/** The limiters of two caches on a server of their own. */
export async function openTestLimiter(): Promise<RateLimiterFixture> {
  const { cache, another, redis, close } = await openTestCache();
  const second = (await another?.()) as RedisCache; // as openTestCache opens them
  return {
    limiter: cache.limiter,
    another: second.limiter,
    // A bucket is the time until which it is in use.
    async elapse(ms) {
      for (const key of await redis.keys('test:r:*'))
        await redis.set(key, String(Number(await redis.get(key)) - ms), 'KEEPTTL');
    },
    close,
  };
}
