import type { Json } from '@agent-factory/sdk';
import {
  cacheText,
  checkCacheRequest,
  type Cache,
  type CacheOptions,
  type RateLimiter,
} from '@agent-factory/sdk/contracts';
import { openRedisLink, type RedisLinkOptions } from './redis-link.ts';
import { createRedisRateLimiter } from './redis-rate-limiter.ts';
import { areCurrent, stampTags, type TagStamps } from './tag-versions.ts';

/** How entries are kept, and where. */
export interface RedisCacheOptions extends RedisLinkOptions {
  /** Milliseconds an entry is kept, where the caller does not say. */
  readonly ttlMs: number;
}

/** A cache on a server. */
export interface RedisCache extends Cache {
  /** Settled when the first attempt to connect has succeeded or failed. */
  readonly opened: Promise<void>;
  /** Counts on the same server. */
  readonly limiter: RateLimiter;
  /**
   * Removes a tenant's entries and tags (keys carry their owner, `tenant:what:id`) and its buckets. Fails with
   * AF_CACHE_REDIS_NOT_ERASED while the server is out of order, so that the tenant is erased again.
   */
  erase(tenant: string): Promise<void>;
  close(): void;
}

/** A value being looked up or made. */
interface Flight {
  readonly text: Promise<string>;
  readonly tags: readonly string[];
  /** Its key or a tag was removed meanwhile. */
  outdated: boolean;
}

interface Entry {
  readonly v: Json;
  readonly t: TagStamps;
}

/** Creates a cache on a Redis server; one that cannot be reached behaves like an empty one. */
export function createRedisCache(options: RedisCacheOptions): RedisCache {
  const { prefix, ttlMs: defaultTtlMs } = options;
  const link = openRedisLink(options);
  const flights = new Map<string, Flight>();
  const entryKey = (key: string): string => `${prefix}k:${key}`;
  const tagKey = (tag: string): string => `${prefix}t:${tag}`;

  const read = async (key: string): Promise<Entry | undefined> => {
    const place = entryKey(key);
    return link.attempt(async (redis) => {
      const text = await redis.get(place);
      if (text === null) return undefined;
      const entry = entryOf(text);
      if (entry === undefined) link.clash(place);
      return entry !== undefined && (await areCurrent(redis, entry.t, tagKey)) ? entry : undefined;
    });
  };
  const stamp = (tags: readonly string[], ttlMs: number): Promise<TagStamps | undefined> =>
    link.attempt((redis) => stampTags(redis, tags, tagKey, ttlMs));
  const write = async (
    key: string,
    text: string,
    stamps: TagStamps | undefined,
    ttlMs: number,
  ): Promise<void> => {
    const place = entryKey(key);
    const entry = `{"v":${text},"t":${JSON.stringify(stamps)}}`;
    const written =
      stamps === undefined ? undefined : await link.attempt((redis) => redis.set(place, entry, 'PX', ttlMs));
    // What was there before is older than what could not be written.
    if (written === undefined) await link.remove([place]);
  };
  const outdate = (key: string, flight: Flight): void => {
    flight.outdated = true;
    flights.delete(key);
  };
  const begin = (
    key: string,
    make: () => Promise<Json>,
    { ttlMs = defaultTtlMs, tags = [] }: CacheOptions,
  ): Flight => {
    // The look-up is part of it: somebody who looked before the value was written must not make it again.
    const readOrMake = async (): Promise<string> => {
      try {
        const entry = await read(key);
        if (entry !== undefined) return JSON.stringify(entry.v);
        const stamps = await stamp(tags, ttlMs);
        const text = cacheText(key, await make());
        if (!flight.outdated && stamps !== undefined) await write(key, text, stamps, ttlMs);
        return text;
      } finally {
        if (flights.get(key) === flight) flights.delete(key);
      }
    };
    const flight: Flight = { text: readOrMake(), tags, outdated: false };
    flights.set(key, flight);
    return flight;
  };

  return {
    opened: link.opened,
    limiter: createRedisRateLimiter(link, prefix),
    async get(key) {
      checkCacheRequest(key);
      return (await read(key))?.v;
    },
    async set(key, value, { ttlMs = defaultTtlMs, tags = [] } = {}) {
      checkCacheRequest(key, { ttlMs, tags });
      const text = cacheText(key, value);
      const flight = flights.get(key);
      if (flight !== undefined) outdate(key, flight); // what is set now is newer
      await write(key, text, await stamp(tags, ttlMs), ttlMs);
    },
    async delete(key) {
      checkCacheRequest(key);
      const flight = flights.get(key);
      if (flight !== undefined) outdate(key, flight);
      await link.remove([entryKey(key)]);
    },
    async deleteTag(tag) {
      checkCacheRequest(tag);
      for (const [key, flight] of flights) if (flight.tags.includes(tag)) outdate(key, flight);
      await link.remove([tagKey(tag)]);
    },
    async getOrSet(key, make, settings = {}) {
      checkCacheRequest(key, settings);
      const flight = flights.get(key) ?? begin(key, make, settings);
      return JSON.parse(await flight.text) as Json; // written by cacheText
    },
    async erase(tenant) {
      for (const [key, flight] of flights) if (key.startsWith(`${tenant}:`)) outdate(key, flight);
      for (const keys of [`k:${tenant}:*`, `t:${tenant}:*`, `r:tenant-*:${tenant}`])
        await link.removeLike(keys);
    },
    close: () => link.close(),
  };
}

/** What this plugin wrote, or undefined for anything else. */
function entryOf(text: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(text);
    if (typeof entry !== 'object' || entry === null || !('v' in entry) || !('t' in entry)) return undefined;
    return Array.isArray(entry.t) ? (entry as Entry) : undefined; // its stamps are compared with texts only
  } catch {
    return undefined;
  }
}
