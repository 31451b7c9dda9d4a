import { once } from 'node:events';
import { connect } from 'node:net';
import { redisBinary } from './redis-binary.ts';
import { freePort, runServer, serverFolder, type TestServer } from './test-server.ts';

/** How a Redis is started. */
export interface RedisOptions {
  /** How the append-only file is written; `off` (default) keeps everything in memory alone. */
  readonly appendonly?: 'off' | 'everysec' | 'always';
  /** More flags: `['--maxmemory-policy', 'allkeys-lru']`. */
  readonly args?: readonly string[];
}

/** Starts a Redis of its own; no password, no eviction. */
export async function startRedis({ appendonly = 'off', args = [] }: RedisOptions = {}): Promise<TestServer> {
  const { file, env } = await redisBinary();
  const folder = serverFolder('redis');
  const port = await freePort();
  const kept = appendonly === 'off' ? [] : ['--appendonly', 'yes', '--appendfsync', appendonly];
  const base = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  return runServer(folder, `redis://127.0.0.1:${port}`, port, {
    file,
    args: [...base, '--maxmemory-policy', 'noeviction', ...kept, ...args],
    spawn: { cwd: folder, env: { ...process.env, ...env } },
    async ready() {
      const socket = connect(port, '127.0.0.1');
      try {
        socket.on('error', () => {});
        socket.write('PING\r\n');
        const [answer] = (await once(socket, 'data')) as [Buffer];
        const text = answer.toString();
        // Any complete answer but "loading": a password that is asked for is an answer too.
        if (text.startsWith('-LOADING')) throw new Error(text);
      } finally {
        socket.destroy();
      }
    },
  });
}
