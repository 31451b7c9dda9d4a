import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger, Secret } from '@agent-factory/sdk';
import { jobsErrors } from '@agent-factory/sdk/contracts';
import { Redis } from 'ioredis';
import { errors } from './errors.ts';

/** What is told of a Redis server, without credentials. */
function redisAddress(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}:${port || '6379'}${pathname.length > 1 ? pathname : ''}`;
  } catch {
    return 'an address that cannot be read';
  }
}

/** A connection that waits while the server is away, and the copies that were made of it. */
interface PatientRedis {
  readonly redis: Redis;
  /** Resolves when nothing of them is left. */
  close(): Promise<void>;
}

/** The connections to one Redis. */
export interface RedisLink {
  readonly server: string;
  /** For commands: fails at once while there is no connection. */
  readonly commands: Redis;
  /** Fails with AF_JOBS_UNAVAILABLE while the server does not answer. */
  ping(): Promise<void>;
  /** For a worker, which waits for the connection. */
  openPatient(): PatientRedis;
  /** Resolves when nothing of the connections is left. */
  close(): Promise<void>;
}

interface LinkOptions {
  readonly enableOfflineQueue: boolean;
  readonly maxRetriesPerRequest: number | null;
}

const connectMs = 5000;
/** Milliseconds until a connection that was ended is cut. */
const disconnectTimeout = 20;
const retryStrategy = (times: number): number => Math.min(50 * times, 1000);
const oldest = [6, 2] as const;

/**
 * Connects and looks whether the server is fit. Throws AF_JOBS_UNAVAILABLE and AF_JOBS_BULLMQ_EVICTION.
 */
export async function openRedisLink(secret: Secret, log: Logger): Promise<RedisLink> {
  const url = secret.reveal();
  const server = redisAddress(url);
  const opened: Redis[] = [];
  const open = (options: LinkOptions): Redis => {
    const redis = new Redis(url, {
      connectTimeout: connectMs,
      disconnectTimeout,
      retryStrategy,
      ...options,
    });
    let told = '';
    redis.on('error', (error: Error) => {
      // The same trouble comes with every attempt to connect.
      if (told === error.message) return;
      told = error.message;
      log.warn('the connection to Redis is disturbed', { server, reason: plain(error, url) });
    });
    redis.on('ready', () => (told = ''));
    opened.push(redis);
    return redis;
  };
  const probe = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connectMs,
    disconnectTimeout,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let reason = '';
  probe.on('error', (error: Error) => (reason = plain(error, url)));
  try {
    await probe.connect();
    await checkServer(await probe.info(), server, log);
  } catch (error) {
    if (error instanceof Error && 'fix' in error) throw error;
    throw unavailable(server, reason || plain(error, url));
  } finally {
    probe.disconnect();
  }
  const commands = open({ enableOfflineQueue: false, maxRetriesPerRequest: 0 });
  if (commands.status !== 'ready')
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, connectMs);
      commands.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  return {
    server,
    commands,
    async ping() {
      try {
        await commands.ping();
      } catch (error) {
        throw unavailable(server, plain(error, url));
      }
    },
    openPatient() {
      const redis = open({ enableOfflineQueue: true, maxRetriesPerRequest: null });
      const family = [redis];
      let left = false;
      const duplicate = redis.duplicate.bind(redis);
      // BullMQ blocks on a copy, and would try to reach a server that is away for ever, even when it is closed.
      redis.duplicate = (overrides) => {
        const copy = duplicate(overrides);
        copy.on('error', () => {}); // the first connection tells of the same trouble
        family.push(copy);
        opened.push(copy);
        // BullMQ may still be about to open one when it is closed; nobody else would ever end that.
        if (left) end(copy);
        return copy;
      };
      return {
        redis,
        async close() {
          left = true;
          await endAll(family);
        },
      };
    },
    close: () => endAll(opened),
  };
}

/** Ends connections. ioredis keeps a timer for each, also for one whose socket is gone: they end before this does. */
async function endAll(connections: readonly Redis[]): Promise<void> {
  for (const redis of connections) end(redis);
  await sleep(disconnectTimeout);
}

/** Ends a connection, once: ioredis begins a timer each time, and a worker may be closed twice. */
function end(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect();
}

async function checkServer(info: string, server: string, log: Logger): Promise<void> {
  const fact = (name: string): string => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
  const version = fact('redis_version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    throw unavailable(server, `its version is ${version}, and ${oldest.join('.')} or newer is needed.`);
  const policy = fact('maxmemory_policy');
  if (policy !== '' && policy !== 'noeviction') {
    const error = errors.AF_JOBS_BULLMQ_EVICTION({ server, policy });
    if (fact('maxmemory') !== '0') throw error;
    log.warn(error.message, { code: error.code, fix: error.fix });
  }
  if (fact('aof_enabled') === '0')
    log.warn('Redis keeps nothing on disk; after a restart its jobs are dispatched again from SQL', {
      server,
      fix: 'Set "appendonly yes" for a quicker start after a restart.',
    });
}

function unavailable(server: string, reason: string): Error {
  return jobsErrors.AF_JOBS_UNAVAILABLE({ server, reason, plugin: 'jobs-bullmq' });
}

/** What an error says, without the address it may carry. */
function plain(error: unknown, url: string): string {
  const nested = error instanceof AggregateError ? error.errors[0] : error;
  const text = nested instanceof Error ? nested.message || nested.name : String(nested);
  const { password } = new URL(url);
  return (password === '' ? text : text.replaceAll(decodeURIComponent(password), '***')).replaceAll(
    url,
    '***',
  );
}
