import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startRedis } from './start-redis.ts';
import type { TestServer } from './test-server.ts';

/** An empty Redis of its own. */
export interface FreshRedis {
  readonly url: string;
  /** Lets go of it. What it kept is gone; the server may be given to whoever in this process asks next. */
  close(): Promise<void>;
}

/** Servers of this process that are empty, and that nobody uses. */
const idle: TestServer[] = [];

/**
 * An empty Redis, in a run with TEST_REDIS_BIN from that file. It keeps the settings it was started with: whoever
 * changes them, or kills it, starts one by `startRedis`.
 */
export async function freshRedis(): Promise<FreshRedis> {
  const server = idle.pop() ?? (await startRedis());
  let closing: Promise<void> | undefined;
  return { url: server.url, close: () => (closing ??= letGo(server)) };
}

/** A process for each test, and its guard, took longer than most tests. */
async function letGo(server: TestServer): Promise<void> {
  if (await isEmptied(server)) idle.push(server);
  else await server.stop();
}

/** Whether a server could be emptied, with nobody left who might still write. */
async function isEmptied(server: TestServer): Promise<boolean> {
  const socket = connect(server.port, '127.0.0.1');
  socket.write('CLIENT LIST\r\nFLUSHALL SYNC\r\nSCRIPT FLUSH SYNC\r\nQUIT\r\n');
  const answer = await text(socket).catch(() => '');
  const connections = answer.match(/\bid=\d+/g) ?? [];
  return connections.length === 1 && answer.endsWith('\n+OK\r\n+OK\r\n+OK\r\n');
}
