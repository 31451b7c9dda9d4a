import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/** The versions of an entry's tags when it was made: `[['agents', 'b1f…']]`. */
export type TagStamps = readonly (readonly [tag: string, version: string])[];

const day = 86_400_000;

/**
 * The versions of tags now, begun where there are none. A tag is removed by forgetting its version: every entry that
 * carries the old one is outdated at once, also one that is being made at this moment in another process.
 */
export async function stampTags(
  redis: Redis,
  tags: readonly string[],
  keyOf: (tag: string) => string,
  ttlMs: number,
): Promise<TagStamps> {
  if (tags.length === 0) return [];
  const keys = tags.map(keyOf);
  // Should a version end before an entry does, that entry is gone early, never late.
  const lifeMs = Math.max(ttlMs, day);
  const write = redis.pipeline();
  for (const key of keys) write.set(key, randomUUID(), 'PX', lifeMs, 'NX').pexpire(key, lifeMs);
  const results = (await write.mget(keys).exec()) ?? [];
  const [failed, versions] = results.at(-1) ?? [new Error('no answer')];
  if (failed) throw failed;
  // An answer to MGET: a text or null for each key.
  const found = versions as readonly (string | null)[];
  return Promise.all(
    tags.map(
      async (tag, index) => [tag, found[index] ?? (await beginAnew(redis, keyOf(tag), lifeMs))] as const,
    ),
  );
}

/** In the place of a key that holds something else. */
async function beginAnew(redis: Redis, key: string, lifeMs: number): Promise<string> {
  const version = randomUUID();
  await redis.set(key, version, 'PX', lifeMs);
  return version;
}

/** Whether no tag was removed since the stamps were taken. */
export async function areCurrent(
  redis: Redis,
  stamps: TagStamps,
  keyOf: (tag: string) => string,
): Promise<boolean> {
  if (stamps.length === 0) return true;
  const versions = await redis.mget(stamps.map(([tag]) => keyOf(tag)));
  return stamps.every(([, version], index) => versions[index] === version);
}
