import type { Logger } from '@agent-factory/sdk';
import type { ConversationMemoryFixture } from '@agent-factory/sdk/testing';
import { freshRedis } from '@agent-factory/test-servers';
import { Redis } from 'ioredis';
import { createRedisMemory, type RedisMemory, type RedisMemoryOptions } from '../src/redis-memory.ts';

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

/** A memory on a server. */
export function testMemory(url: string, options: Partial<RedisMemoryOptions> = {}): RedisMemory {
  const { log } = recordLog();
  return createRedisMemory({
    url,
    cluster: false,
    prefix: 'test:',
    timeoutMs: 5_000,
    ttlMs: 0,
    log,
    ...options,
  });
}

/** An empty memory on a server, and a way to the server. The server is one of its own where none is given. */
export async function openTestMemory(
  given?: string,
  options: Partial<RedisMemoryOptions> = {},
): Promise<ConversationMemoryFixture & { readonly memory: RedisMemory; readonly redis: Redis }> {
  const server = given === undefined ? await freshRedis() : { url: given, close: async () => undefined };
  const redis = new Redis(server.url);
  await redis.flushall();
  const memories = [testMemory(server.url, options)];
  const [memory] = memories;
  if (memory === undefined) throw new Error('there is one');
  return {
    memory,
    redis,
    tenants: ['first', 'second'],
    async another() {
      const other = testMemory(server.url, options);
      memories.push(other);
      return other;
    },
    async elapse(ms) {
      for (const key of await redis.keys('*')) {
        const left = await redis.pttl(key);
        if (key.endsWith(':expiry'))
          for (const id of await redis.zrange(key, '0', '-1')) await redis.zincrby(key, String(-ms), id);
        else if (left >= 0 && left <= ms) await redis.del(key);
        else if (left >= 0) await redis.pexpire(key, left - ms);
      }
    },
    async close() {
      for (const each of memories) each.close();
      redis.disconnect();
      await server.close();
    },
  };
}
