import { AsyncLocalStorage } from 'node:async_hooks';
import type { ConnectionPool } from './connection-pool.ts';
import type { PostgresConnection } from './postgres-connection.ts';

/** Told of a text, or, with `undefined`, that some may have been lost. */
type Heard = (text: string | undefined) => void;

/** Listens on channels, whatever becomes of the connection. */
export interface Listener {
  add(channel: string, heard: Heard): Disposable;
  /** Resolves when every channel asked for so far is listened to, or cannot be for now. */
  ready(): Promise<void>;
  close(): void;
}

/** Milliseconds between signs of life from the connection. */
const heartbeatMs = 15_000;
const longestPauseMs = 5000;

/** Creates a listener, which connects when there is something to listen to. */
export function createListener(pool: ConnectionPool): Listener {
  // The connection and its timers outlive whoever subscribes first, and are not charged to them.
  const apart = AsyncLocalStorage.snapshot();
  const channels = new Map<string, Set<{ readonly heard: Heard }>>();
  let connection: PostgresConnection | undefined;
  let listening = new Set<string>();
  let work: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let pause = 50;
  let closed = false;
  let lost = false;

  const tell = (channel: string, text: string | undefined): void => {
    for (const { heard } of channels.get(channel) ?? [])
      try {
        heard(text);
      } catch {
        // One listener's failure is no other's business.
      }
  };

  const drop = (broken: PostgresConnection): void => {
    if (connection !== broken) return;
    connection = undefined;
    listening = new Set();
    clearInterval(heartbeat);
    broken.destroy();
    if (closed) return;
    lost = true;
    again();
  };
  const again = (): void => {
    clearTimeout(retry);
    retry = setTimeout(() => void settle(), pause);
    retry.unref();
    pause = Math.min(pause * 2, longestPauseMs);
  };

  const open = async (): Promise<PostgresConnection> => {
    const opened = await pool.extra();
    opened.client.on('notification', ({ channel, payload }) => tell(channel, payload ?? ''));
    opened.client.on('error', () => drop(opened));
    opened.client.on('end', () => drop(opened));
    connection = opened;
    heartbeat = setInterval(() => {
      const late = setTimeout(() => drop(opened), heartbeatMs);
      late.unref();
      opened.script('SELECT 1').then(
        () => clearTimeout(late),
        () => drop(opened),
      );
    }, heartbeatMs);
    heartbeat.unref();
    return opened;
  };

  const differences = (): readonly { readonly channel: string; readonly verb: 'LISTEN' | 'UNLISTEN' }[] => [
    ...[...channels.keys()]
      .filter((channel) => !listening.has(channel))
      .map((channel) => ({ channel, verb: 'LISTEN' as const })),
    ...[...listening]
      .filter((channel) => !channels.has(channel))
      .map((channel) => ({ channel, verb: 'UNLISTEN' as const })),
  ];

  /** Brings what is listened to in line with what is asked for. */
  const adjust = async (): Promise<void> => {
    try {
      while (!closed) {
        if (differences().length === 0) break;
        const on = connection ?? (await open());
        if (closed) break;
        const changes = differences();
        await on.script(changes.map(({ channel, verb }) => `${verb} ${channel}`).join('; '));
        if (connection !== on) continue;
        for (const { channel, verb } of changes)
          if (verb === 'LISTEN') listening.add(channel);
          else listening.delete(channel);
      }
      pause = 50;
      if (lost) for (const channel of channels.keys()) tell(channel, undefined);
      lost = false;
    } catch {
      if (connection !== undefined) drop(connection);
      else if (!closed) again();
    }
    if (closed) connection?.end();
  };
  const settle = (): Promise<void> => {
    work ??= apart(() =>
      adjust().finally(() => {
        work = undefined;
        // Somebody may have come or gone just after the last look.
        if (connection !== undefined && differences().length > 0) void settle();
      }),
    );
    return work;
  };

  return {
    add(channel, heard) {
      const entry = { heard: AsyncLocalStorage.bind(heard) };
      const all = channels.get(channel) ?? new Set();
      channels.set(channel, all.add(entry));
      void settle();
      return {
        [Symbol.dispose]() {
          all.delete(entry);
          if (all.size > 0 || channels.get(channel) !== all) return;
          channels.delete(channel);
          void settle();
        },
      };
    },
    async ready() {
      if (work !== undefined) await work;
    },
    close() {
      closed = true;
      channels.clear();
      clearTimeout(retry);
      clearInterval(heartbeat);
      connection?.end();
      connection = undefined;
    },
  };
}
