import type { Json } from '@agent-factory/sdk';
import { cacheText, checkCacheRequest, type Cache, type CacheOptions } from '@agent-factory/sdk/contracts';
import { LRUCache } from 'lru-cache';
import type { MemoryCacheConfig } from './config.ts';

/** A cache of this process. */
export interface MemoryCache extends Cache {
  /** Forgets everything. */
  clear(): void;
}

interface Entry {
  /** The value's JSON, so that nobody changes what others read. */
  readonly text: string;
  readonly tags: readonly string[];
}

/** A value being made. */
interface Flight {
  readonly text: Promise<string>;
  readonly tags: readonly string[];
  /** Its key or a tag was removed meanwhile. */
  outdated: boolean;
}

/** Creates a cache in the memory of this process. `clock` gives milliseconds and never goes back. */
export function createMemoryCache(
  { maxEntries, maxBytes, ttlMs: defaultTtlMs }: MemoryCacheConfig,
  clock: { now(): number } = performance,
): MemoryCache {
  const keysOf = new Map<string, Set<string>>();
  const flights = new Map<string, Flight>();
  const entries = new LRUCache<string, Entry>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: ({ text }, key) => Buffer.byteLength(text) + Buffer.byteLength(key),
    perf: clock,
    ttlResolution: 0,
    dispose({ tags }, key) {
      for (const tag of tags) {
        const keys = keysOf.get(tag);
        keys?.delete(key);
        if (keys?.size === 0) keysOf.delete(tag);
      }
    },
  });

  const keep = (key: string, text: string, { ttlMs = defaultTtlMs, tags = [] }: CacheOptions): void => {
    const entry: Entry = { text, tags: [...tags] };
    entries.set(key, entry, { ttl: ttlMs });
    if (entries.peek(key) !== entry) return; // larger than everything may be
    for (const tag of tags) {
      const keys = keysOf.get(tag);
      if (keys === undefined) keysOf.set(tag, new Set([key]));
      else keys.add(key);
    }
  };
  const outdate = (key: string, flight: Flight): void => {
    flight.outdated = true;
    flights.delete(key);
  };
  const begin = (key: string, make: () => Promise<Json>, options: CacheOptions): Flight => {
    const text = (async () => cacheText(key, await make()))();
    const flight: Flight = { text, tags: options.tags ?? [], outdated: false };
    flights.set(key, flight);
    const land = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    text.then((made) => {
      if (!flight.outdated) keep(key, made, options);
      land();
    }, land);
    return flight;
  };

  return {
    async get(key) {
      checkCacheRequest(key);
      const entry = entries.get(key);
      return entry === undefined ? undefined : parsed(entry.text);
    },
    async set(key, value, options = {}) {
      checkCacheRequest(key, options);
      const text = cacheText(key, value);
      const flight = flights.get(key);
      if (flight !== undefined) outdate(key, flight); // what is set now is newer
      keep(key, text, options);
    },
    async delete(key) {
      checkCacheRequest(key);
      const flight = flights.get(key);
      if (flight !== undefined) outdate(key, flight);
      entries.delete(key);
    },
    async deleteTag(tag) {
      checkCacheRequest(tag);
      for (const [key, flight] of flights) if (flight.tags.includes(tag)) outdate(key, flight);
      for (const key of keysOf.get(tag) ?? []) entries.delete(key);
    },
    async getOrSet(key, make, options = {}) {
      checkCacheRequest(key, options);
      const entry = entries.get(key);
      if (entry !== undefined) return parsed(entry.text);
      const flight = flights.get(key) ?? begin(key, make, options);
      return parsed(await flight.text);
    },
    clear() {
      for (const [key, flight] of flights) outdate(key, flight);
      entries.clear();
      keysOf.clear();
    },
  };
}

function parsed(text: string): Json {
  return JSON.parse(text) as Json; // written by cacheText
}
