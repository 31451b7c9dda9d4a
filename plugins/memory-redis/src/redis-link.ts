import { setTimeout as sleep } from 'node:timers/promises';
import { isAgentFactoryError, type AgentFactoryError, type Logger } from '@agent-factory/sdk';
import { memoryErrors } from '@agent-factory/sdk/contracts';
import { Cluster, Redis } from 'ioredis';
import { errors } from './errors.ts';
import type { RedisScript } from './scripts.ts';

/** How a server is reached. */
export interface RedisLinkOptions {
  readonly url: string;
  readonly cluster: boolean;
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** One server, or a cluster of them. */
type RedisClient = Redis | Cluster;

/** A connection that is kept; what cannot be done on it fails with a coded error that names the server. */
export interface RedisLink {
  /** Runs `work`, waiting for the connection and the answer within the time to wait. */
  run<T>(work: (redis: RedisClient) => Promise<T>): Promise<T>;
  /** Runs a script; its answer is what the script gives. */
  script(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  close(): void;
}

const oldest = [6, 2] as const;
const connectMend = 'Start that server, or correct "url" in the configuration of memory-redis.';
const mends: Readonly<Record<string, string>> = {
  NOAUTH: 'Give the password in "url" of the configuration of memory-redis.',
  WRONGPASS: 'Correct the user name and password in "url" of the configuration of memory-redis.',
  NOPERM: 'Let that user read, write and run scripts on the keys under the prefix of memory-redis.',
  OOM: 'Give the server more memory, or shorten "ttlMs" in the configuration of memory-redis.',
  MISCONF: 'Free space on the disk of the server; its log says what failed.',
  READONLY: 'Name the primary server, not a replica, in "url" of the configuration of memory-redis.',
  MOVED: 'Set "cluster: true" in the configuration of memory-redis.',
};

/** Opens a connection and keeps it; never throws. */
export function openRedisLink({ url, cluster, prefix, timeoutMs, log }: RedisLinkOptions): RedisLink {
  const server = serverOf(url);
  const shared = { lazyConnect: true, enableOfflineQueue: false } as const;
  const options = {
    ...shared,
    protocol: 2, // what every version and proxy speaks
    enableReadyCheck: false, // looked at below
    // An append must never be sent twice: what was under way when a connection broke fails at once.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    socketTimeout: 2 * timeoutMs,
    connectTimeout: timeoutMs,
    retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } as const;
  const redis = cluster
    ? new Cluster([url], { ...shared, redisOptions: { ...options, ...credentialsOf(url) } })
    : new Redis(url, options);
  let lastError: unknown;
  let unfit: AgentFactoryError | undefined;
  let checked: Promise<void> | undefined;
  let arrival: Promise<void> | undefined;
  let warned = false;

  const translate = (error: unknown, asked: boolean): AgentFactoryError => {
    if (isAgentFactoryError(error)) return error;
    const isReply = error instanceof Error && error.name === 'ReplyError';
    const text = reasonOf(error);
    const reason = isReply || !asked ? text : `${text.replace(/\.$/, '')}; what was asked may have been done`;
    const code = isReply ? /^[A-Z]+/.exec(reason)?.[0] : undefined;
    if (code === 'WRONGTYPE') return errors.AF_MEMORY_REDIS_KEY_CLASH({ server, prefix, reason });
    // The driver's error holds the command, credentials included: it is no cause to pass on.
    return memoryErrors.AF_MEMORY_UNAVAILABLE({ server, reason, mend: mends[code ?? ''] ?? connectMend });
  };

  const check = async (): Promise<void> => {
    let facts: string;
    for (;;) {
      facts = await redis.info().catch(unlessForbidden);
      if (!/^loading:1/m.test(facts)) break;
      await sleep(100); // until it has read its file
    }
    unfit = versionProblem(facts, server);
    if (warned || !/^aof_enabled:0/m.test(facts)) return;
    warned = true;
    log.warn(
      `The Redis at ${server} has no append-only file: when it ends, the conversations it keeps are lost. Set "appendonly yes" there.`,
    );
  };

  redis.on('error', (error) => (lastError = error));
  redis.on('close', () => (checked = undefined));
  redis.on('ready', () => (lastError = undefined));
  redis.connect().catch((error: unknown) => (lastError ??= error)); // the connection is tried again

  const ready = async (): Promise<void> => {
    if (redis.status !== 'ready')
      await (arrival ??= new Promise<void>((resolve) => redis.once('ready', resolve)).finally(
        () => (arrival = undefined),
      ));
    checked ??= check().catch((error: unknown) => {
      checked = undefined;
      throw error;
    });
    await checked;
    if (unfit) throw unfit;
  };

  const run = async <T>(work: (client: RedisClient) => Promise<T>): Promise<T> => {
    let asked = false;
    let isOver = false;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        isOver = true;
        const late = new Error(`no ${asked ? 'answer' : 'connection'} within ${timeoutMs} ms`);
        reject(!asked && lastError instanceof Error ? lastError : late);
      }, timeoutMs);
    });
    const readyThenWork = async (): Promise<T> => {
      await ready();
      if (isOver) return over;
      asked = true;
      return work(redis);
    };
    try {
      return await Promise.race([readyThenWork(), over]);
    } catch (error) {
      throw translate(error, asked);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    run,
    script: ({ lua, sha }, keys, args) =>
      run(async (client) => {
        try {
          return await client.evalsha(sha, keys.length, ...keys, ...args);
        } catch (error) {
          if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
          return await client.eval(lua, keys.length, ...keys, ...args); // nothing was run before
        }
      }),
    close: () => redis.disconnect(),
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'MaxRetriesPerRequestError' ? 'the connection broke' : error.message;
}

/** A user who may not ask for facts about the server can still use it. */
function unlessForbidden(error: unknown): string {
  if (error instanceof Error && error.message.startsWith('NOPERM')) return '';
  throw error;
}

function versionProblem(facts: string, server: string): AgentFactoryError | undefined {
  const [, found = '', major = '', minor = ''] = /^redis_version:((\d+)\.(\d+)\S*)/m.exec(facts) ?? [];
  if (found === '') return undefined; // the server does not say
  const isOld = Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
  return isOld ? errors.AF_MEMORY_REDIS_VERSION({ server, found, needed: oldest.join('.') }) : undefined;
}

/** Host, port and database, without credentials. */
function serverOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 6379}${pathname === '/' ? '' : pathname}`;
}

/** What every node of a cluster needs, also those that are not in the address. */
function credentialsOf(url: string): { username?: string; password?: string; tls?: object } {
  const { username, password, protocol } = new URL(url);
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}
