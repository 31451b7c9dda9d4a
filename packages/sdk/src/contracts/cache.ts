import { defineContract, type SingleContract } from '../contract.ts';
import type { Json } from '../json.ts';
import { cacheErrors } from './cache-errors.ts';

/** What goes with an entry. */
export interface CacheOptions {
  /** Milliseconds until it is gone, at least 1. Default: as configured. */
  readonly ttlMs?: number;
  /** Names under which it can be removed together with others; each 1 to 512 characters. */
  readonly tags?: readonly string[];
}

/**
 * Values that can be made anew: any of them may be gone at any moment, and a cache that is out of order behaves like
 * an empty one. Keys carry their owner (`tenant:what:id`); 1 to 512 characters. What does not fit, a value that is no
 * JSON included, is refused with AF_CACHE_REQUEST_INVALID.
 */
export interface Cache {
  /** The value, unless it is missing, over or removed. */
  get(key: string): Promise<Json | undefined>;
  set(key: string, value: Json, options?: CacheOptions): Promise<void>;
  delete(key: string): Promise<void>;
  /** Removes every entry that carries the tag. */
  deleteTag(tag: string): Promise<void>;
  /**
   * The value, made by `make` when it is missing; callers at the same moment share one call (in this process). An error
   * of `make` reaches them all, and nothing is kept. Nothing is kept either when the key, or one of the tags, is
   * removed while `make` works.
   */
  getOrSet(key: string, make: () => Promise<Json>, options?: CacheOptions): Promise<Json>;
}

/** Token of {@link Cache}. */
export const Cache: SingleContract<Cache> = defineContract<Cache>({
  id: 'cache',
  version: '1.0.0',
  description: 'Values that can be made anew, kept for a while.',
});

/** For caches: throws AF_CACHE_REQUEST_INVALID for a key, tag or time that breaks the rules of {@link Cache}. */
export function checkCacheRequest(key: string, { ttlMs = 1, tags = [] }: CacheOptions = {}): void {
  for (const [what, name] of [['key', key], ...tags.map((tag) => ['tag', tag] as const)] as const) {
    const fits = typeof name === 'string' && name.length >= 1 && name.length <= 512 && name.isWellFormed();
    if (fits) continue;
    const mend = 'Build it from ids, or from the hash of something longer.';
    throw cacheErrors.AF_CACHE_REQUEST_INVALID({ reason: `a ${what} has 1 to 512 characters`, mend });
  }
  if (Number.isSafeInteger(ttlMs) && ttlMs >= 1) return;
  const reason = `${ttlMs} is no time to keep an entry`;
  throw cacheErrors.AF_CACHE_REQUEST_INVALID({ reason, mend: 'Give whole milliseconds from 1, or nothing.' });
}

/** For caches: a value as text; AF_CACHE_REQUEST_INVALID for one that is no JSON. */
export function cacheText(key: string, value: Json): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  const details = {
    reason: `the value for "${key}" is no JSON`,
    mend: 'Keep plain JSON; null for "there is none".',
  };
  throw cacheErrors.AF_CACHE_REQUEST_INVALID(details, { cause });
}
