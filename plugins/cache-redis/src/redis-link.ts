import type { Logger } from '@agent-factory/sdk';
import { Redis } from 'ioredis';
import { errors } from './errors.ts';

/** How a server is reached. */
export interface RedisLinkOptions {
  readonly url: string;
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** A connection that may be out of order; then work on it is left out, and what must be removed is kept in mind. */
export interface RedisLink {
  /** Settled when the first attempt to connect has succeeded or failed. */
  readonly opened: Promise<void>;
  /** Runs `work` within the time to wait; undefined when the server is out of order, or was too slow. */
  attempt<T>(work: (redis: Redis) => Promise<T>): Promise<T | undefined>;
  /** Removes keys: now, or before anything is read again. */
  remove(keys: readonly string[]): Promise<void>;
  /** Removes every key under the prefix that is like a pattern; AF_CACHE_REDIS_NOT_ERASED when the server does not. */
  removeLike(pattern: string): Promise<void>;
  /** Says once that a key holds what this plugin never wrote. */
  clash(key: string): void;
  close(): void;
}

const oldest = [6, 2] as const;
/** Milliseconds after a failure before the server is tried again. */
const restMs = 1_000;
/** Keys kept in mind; beyond, everything under the prefix is removed. */
const mostPending = 10_000;

/** Opens a connection and keeps it; never throws. */
export function openRedisLink({ url, prefix, timeoutMs, log }: RedisLinkOptions): RedisLink {
  const server = serverOf(url);
  const redis = new Redis(url, {
    lazyConnect: true,
    protocol: 2, // what every version and proxy speaks
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    enableReadyCheck: false, // looked at below
    maxRetriesPerRequest: 0, // what was under way when a connection broke fails at once
    socketTimeout: Math.max(4 * timeoutMs, restMs),
    connectTimeout: Math.max(4 * timeoutMs, 2_000),
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  const pending = new Set<string>();
  const said = new Set<string>();
  let tooMany = false;
  let up = false;
  let closed = false;
  let announced = false;
  let rest: NodeJS.Timeout | undefined;
  let settling: Promise<void> | undefined;

  const fail = (error: unknown): void => {
    up = false;
    if (closed) return;
    if (!announced) {
      const reason = reasonOf(error);
      log.warn(`The cache at ${server} is out of order; until it is back, it behaves as if it were empty.`, {
        reason,
      });
    }
    announced = true;
    rest ??= setTimeout(() => {
      rest = undefined;
      if (redis.status === 'ready') void settle();
    }, restMs).unref();
  };

  const settle = (): Promise<void> => {
    settling ??= within(checkAndRemove(), Math.max(4 * timeoutMs, restMs))
      .then(() => {
        up = redis.status === 'ready' && !closed;
        if (up && announced) log.info(`The cache at ${server} is back.`);
        if (up) announced = false;
      }, fail)
      .finally(() => (settling = undefined));
    return settling;
  };

  const checkAndRemove = async (): Promise<void> => {
    checkServer(await redis.info().catch(unlessForbidden));
    if (tooMany) {
      tooMany = false;
      pending.clear();
      try {
        await removeAll(redis, prefix);
      } catch (error) {
        tooMany = true;
        throw error;
      }
    }
    while (pending.size > 0) {
      const some = [...pending].slice(0, 500);
      await redis.del(some);
      for (const key of some) pending.delete(key);
    }
  };

  const keepInMind = (keys: readonly string[]): void => {
    for (const key of keys) pending.add(key);
    if (pending.size <= mostPending) return;
    pending.clear();
    tooMany = true;
  };

  redis.on('error', fail);
  redis.on('close', () => fail(new Error('the connection was closed')));
  redis.on('ready', () => void settle());
  // A failure has been told by then, and the connection is tried again.
  const opened = redis.connect().then(settle, fail);

  return {
    opened,
    async attempt(work) {
      if (!up) return undefined;
      try {
        return await within(work(redis), timeoutMs);
      } catch (error) {
        const code = replyCode(error);
        if (code === undefined) fail(error);
        else if (!said.has(code)) {
          said.add(code);
          log.warn(`The cache at ${server} refused a command; what it was for was left out.`, {
            reason: code,
          });
        }
        return undefined;
      }
    },
    async remove(keys) {
      if (up) {
        try {
          await within(redis.del([...keys]), timeoutMs);
          return;
        } catch (error) {
          fail(error); // nothing may be read until they are gone
        }
      }
      keepInMind(keys);
    },
    async removeLike(pattern) {
      // Step by step, each within the time of any other command: there may be many keys.
      const match = `${literally(prefix)}${pattern}`;
      let cursor = '0';
      do {
        try {
          if (!up) throw new Error('it is out of order');
          cursor = await within(scanAndUnlink(redis, cursor, match), timeoutMs);
        } catch (error) {
          if (up && replyCode(error) === undefined) fail(error);
          throw errors.AF_CACHE_REDIS_NOT_ERASED({ server, reason: reasonOf(error) }, { cause: error });
        }
      } while (cursor !== '0');
    },
    clash(key) {
      if (said.has('clash')) return;
      said.add('clash');
      log.warn(`A key of the cache at ${server} holds something else; another program uses its prefix.`, {
        key,
      });
    },
    close() {
      closed = true;
      up = false;
      clearTimeout(rest);
      redis.disconnect();
    },
  };
}

/** A text as part of a pattern that is like nothing else. */
function literally(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

/** Removes every key under a prefix, in steps. */
async function removeAll(redis: Redis, prefix: string): Promise<void> {
  let cursor = '0';
  do cursor = await scanAndUnlink(redis, cursor, `${literally(prefix)}*`);
  while (cursor !== '0');
}

/** Removes the next keys like a pattern; gives where to go on, `0` at the end. */
async function scanAndUnlink(redis: Redis, cursor: string, match: string): Promise<string> {
  const [next, keys] = await redis.scan(cursor, 'MATCH', match, 'COUNT', 1_000);
  if (keys.length > 0) await redis.unlink(keys);
  return next;
}

/** Rejects when `work` takes longer; what comes of it later is dropped. */
async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function checkServer(info: string): void {
  if (/^loading:1/m.test(info)) throw new Error('the server is reading its file');
  const [, major = '', minor = ''] = /^redis_version:(\d+)\.(\d+)/m.exec(info) ?? [];
  if (major === '') return; // the server does not say
  const isOld = Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
  if (isOld)
    throw new Error(`the server is Redis ${major}.${minor}, and ${oldest.join('.')} or newer is needed`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'MaxRetriesPerRequestError' ? 'the connection broke' : error.message;
}

/** A user who may not ask for facts about the server can still use it. */
function unlessForbidden(error: unknown): string {
  if (replyCode(error) === 'NOPERM') return '';
  throw error;
}

/** The code of an error that the server itself answered with: `WRONGTYPE`, `OOM`. */
function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  return /^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR';
}

/** Host, port and database, without credentials. */
function serverOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 6379}${pathname === '/' ? '' : pathname}`;
}
