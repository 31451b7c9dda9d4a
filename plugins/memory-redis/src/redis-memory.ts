import {
  checkMemoryRequest,
  keptMessages,
  storageErrors,
  summaryBeyond,
  tenantIdPattern,
  type Conversation,
  type ConversationMemory,
  type TenantMemory,
} from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import { openRedisLink, type RedisLink, type RedisLinkOptions } from './redis-link.ts';
import {
  appendScript,
  dropScript,
  forgetScript,
  readScript,
  summariseScript,
  trimScript,
} from './scripts.ts';
import { tenantKeys, type TenantKeys } from './tenant-keys.ts';

/** How conversations are kept, and where. */
export interface RedisMemoryOptions extends RedisLinkOptions {
  /** Milliseconds after which a conversation is over, where the caller does not say; 0 never. */
  readonly ttlMs: number;
}

/** A memory on a server. */
export interface RedisMemory extends ConversationMemory {
  /** Removes every conversation of a tenant, and that it had any. */
  erase(tenant: string): Promise<void>;
  /** Fails with the reason when the server cannot be used. */
  check(): Promise<void>;
  close(): void;
}

const atOnce = 200;

/** Creates a memory on a Redis server or cluster. */
export function createRedisMemory(options: RedisMemoryOptions): RedisMemory {
  const { prefix, ttlMs } = options;
  const link = openRedisLink(options);
  const tenantsKey = `${prefix}tenants`;

  return {
    tenant: (id) =>
      tenantMemory(
        link,
        () => tenantKeys(prefix, checkTenant(id)),
        ttlMs,
        async () => {
          await link.run((redis) => redis.sadd(tenantsKey, id));
        },
      ),
    async sweep({ limit = 1_000 } = {}) {
      checkMemoryRequest(undefined, { limit });
      let removed = 0;
      for (const id of await link.run((redis) => redis.smembers(tenantsKey))) {
        removed += await sweepTenant(link, tenantKeys(prefix, id), limit - removed);
        if (removed >= limit) break;
      }
      return removed;
    },
    async erase(id) {
      await eraseConversations(link, tenantKeys(prefix, checkTenant(id)));
      await link.run((redis) => redis.srem(tenantsKey, id));
    },
    async check() {
      await link.run((redis) => redis.ping());
    },
    close: () => link.close(),
  };
}

function checkTenant(tenant: string): string {
  if (!tenantIdPattern.test(tenant)) throw storageErrors.AF_TENANT_ID_INVALID({ tenant });
  return tenant;
}

function tenantMemory(
  link: RedisLink,
  keysOf: () => TenantKeys,
  defaultTtlMs: number,
  remember: () => Promise<void>,
): TenantMemory {
  return {
    async append(conversation, messages, { ttlMs = defaultTtlMs } = {}) {
      checkMemoryRequest(conversation, { ttlMs });
      const { hash, list, recent, expiry } = keysOf();
      const kept = keptMessages(conversation, messages).flatMap(({ text, chars }) => [chars, text]);
      const keys = [hash(conversation), list(conversation), recent, expiry];
      const answer = await link.script(appendScript, keys, [conversation, ttlMs, ...kept]);
      const [last, isFirst] = answer as [number, number]; // of the script
      if (isFirst === 1) await remember();
      return last;
    },

    async read(conversation, window = {}) {
      checkMemoryRequest(conversation, window);
      const { hash, list } = keysOf();
      const args = [window.last ?? 0, window.maxChars ?? -1];
      return conversationOf(await link.script(readScript, [hash(conversation), list(conversation)], args));
    },

    async summarise(conversation, { text, upTo }) {
      checkMemoryRequest(conversation, { upTo });
      const args = [upTo, JSON.stringify(text)];
      const last = await link.script(summariseScript, [keysOf().hash(conversation)], args);
      if (typeof last === 'number' && last >= 0) throw summaryBeyond(conversation, upTo, last);
    },

    async trim(conversation, { keepLast }) {
      checkMemoryRequest(conversation, { keepLast });
      const { hash, list } = keysOf();
      return Number(await link.script(trimScript, [hash(conversation), list(conversation)], [keepLast]));
    },

    async forget(conversation) {
      checkMemoryRequest(conversation);
      const { hash, list, recent, expiry } = keysOf();
      await link.script(
        forgetScript,
        [hash(conversation), list(conversation), recent, expiry],
        [conversation],
      );
    },

    async list({ limit = 50 } = {}) {
      checkMemoryRequest(undefined, { limit });
      return listConversations(link, keysOf(), limit);
    },
  };
}

function conversationOf(answer: unknown): Conversation {
  // Of the script: nothing, or the head and the entries.
  const [seq, upTo, summary, entries = []] = answer as [
    string?,
    (string | null)?,
    (string | null)?,
    string[]?,
  ];
  if (seq === undefined) return { messages: [] };
  const first = Number(seq) - entries.length + 1;
  const messages = entries.map((entry, index) => {
    const [, at = '', text = ''] = /^\d+\|(\d+)\|([^]*)$/.exec(entry) ?? [];
    return { seq: first + index, at: Number(at), message: JSON.parse(text) as Message }; // as it was appended
  });
  if (typeof upTo !== 'string' || typeof summary !== 'string') return { messages };
  return { summary: { text: String(JSON.parse(summary)), upTo: Number(upTo) }, messages };
}

async function listConversations(
  link: RedisLink,
  keys: TenantKeys,
  limit: number,
): ReturnType<TenantMemory['list']> {
  const found: { id: string; messages: number; updatedAt: number }[] = [];
  let from = 0;
  while (found.length < limit) {
    const to = from + Math.min(atOnce, limit - found.length) - 1;
    const ids = await link.run((redis) => redis.zrevrange(keys.recent, from, to));
    if (ids.length === 0) break;
    const facts = await link.run(async (redis) => {
      const asked = redis.pipeline();
      for (const id of ids) asked.hget(keys.hash(id), 'at').llen(keys.list(id));
      return (await asked.exec()) ?? [];
    });
    const gone: string[] = [];
    for (const [index, id] of ids.entries()) {
      const [failed, at] = facts[2 * index] ?? [];
      const [, length] = facts[2 * index + 1] ?? [];
      if (failed) await link.run(() => Promise.reject(failed));
      if (typeof at === 'string') found.push({ id, messages: Number(length), updatedAt: Number(at) });
      else gone.push(id);
    }
    const dropped = gone.length === 0 ? 0 : await drop(link, keys, gone);
    from += ids.length - dropped;
  }
  return found;
}

/** Every conversation is in the list of when it was added to, for as long as it is kept. */
async function eraseConversations(link: RedisLink, keys: TenantKeys): Promise<void> {
  const { hash, list, recent, expiry } = keys;
  for (;;) {
    const ids = await link.run((redis) => redis.zrange(recent, '0', String(atOnce - 1)));
    if (ids.length === 0) break;
    // Each at once with its place in the lists: one that is added to meanwhile is found again.
    await Promise.all(ids.map((id) => link.script(forgetScript, [hash(id), list(id), recent, expiry], [id])));
  }
  await link.run((redis) => redis.unlink(expiry));
}

async function sweepTenant(link: RedisLink, keys: TenantKeys, limit: number): Promise<number> {
  const [seconds = 0] = await link.run((redis) => redis.time());
  const now = (Number(seconds) + 1) * 1000;
  let removed = 0;
  let skipped = 0;
  while (removed < limit) {
    const size = Math.min(atOnce, limit - removed);
    const ids = await link.run((redis) =>
      redis.zrangebyscore(keys.expiry, '-inf', now, 'LIMIT', skipped, size),
    );
    if (ids.length === 0) break;
    const dropped = await drop(link, keys, ids);
    removed += dropped;
    skipped += ids.length - dropped; // about to be over, or begun anew
  }
  return removed;
}

async function drop(link: RedisLink, keys: TenantKeys, ids: readonly string[]): Promise<number> {
  const places = [keys.recent, keys.expiry, ...ids.map((id) => keys.hash(id))];
  return Number(await link.script(dropScript, places, ids));
}
