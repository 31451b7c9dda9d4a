import { AsyncLocalStorage } from 'node:async_hooks';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';
import type { ErrorPlace } from './driver-errors.ts';
import {
  clientConfig,
  connect,
  serverName,
  type ConnectionOptions,
  type PostgresConnection,
} from './postgres-connection.ts';

/** What a pool is made of. */
export interface PoolOptions extends ConnectionOptions {
  readonly maxConnections: number;
}

/** A transaction under way in the calling code. */
export interface OpenTransaction {
  /** Which database it is on. */
  readonly database: string;
  over: boolean;
  readonly outer: OpenTransaction | undefined;
}

/** Connections to one server. */
export interface ConnectionPool {
  readonly options: PoolOptions;
  /** Where errors are said to come from. */
  readonly place: ErrorPlace;
  /** The innermost transaction of the calling code. */
  readonly inside: AsyncLocalStorage<OpenTransaction>;
  /** Lends a connection to `work`. Fails with AF_STORAGE_BUSY when none is free in time, or as {@link connect} does. */
  use<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T>;
  /** Opens one beside those that are lent, for listening. */
  extra(): Promise<PostgresConnection>;
  /** Every connection prepares its statements anew. */
  schemaChanged(): void;
  /** Refuses what comes later, lets running work end for at most `ms` (default 4,000), then closes all. */
  close(ms?: number): Promise<void>;
}

interface Waiter {
  lend(connection: PostgresConnection | undefined): void;
  refuse(error: Error): void;
}

/** Creates a pool, which connects when it is first used. */
export function createConnectionPool(options: PoolOptions): ConnectionPool {
  const { maxConnections, waitMs } = options;
  const config = clientConfig(options);
  const server = serverName(config);
  const place: ErrorPlace = { server, waitMs, statementTimeoutMs: options.statementTimeoutMs };
  const all = new Set<PostgresConnection>();
  const idle: PostgresConnection[] = [];
  const waiters = new Set<Waiter>();
  let opening = 0;
  let closed = false;
  let whenEmpty: (() => void) | undefined;

  // A server that went away without a word answers nothing, and no time limit of its own ends the wait.
  const watch = setInterval(() => {
    const now = performance.now();
    for (const each of all) if (each.deadline < now) each.destroy();
  }, 1000);
  watch.unref();

  const open = async (): Promise<PostgresConnection> => {
    try {
      const connection = await connect(config, options, place);
      all.add(connection);
      return connection;
    } finally {
      opening--;
    }
  };

  /** A free connection, or leave (`undefined`) to open one, which is counted already; waits for one of both. */
  const turn = (): Promise<PostgresConnection | undefined> => {
    for (let found = idle.pop(); found !== undefined; found = idle.pop()) {
      if (found.usable) return Promise.resolve(found);
      all.delete(found);
    }
    if (all.size + opening < maxConnections) {
      opening++;
      return Promise.resolve(undefined);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiters.delete(waiter);
        reject(errors.AF_STORAGE_BUSY({ database: server, ms: waitMs, connections: maxConnections }));
      }, waitMs);
      const waiter: Waiter = {
        lend(connection) {
          clearTimeout(timer);
          resolve(connection);
        },
        refuse(error) {
          clearTimeout(timer);
          reject(error);
        },
      };
      waiters.add(waiter);
    });
  };

  /** Passes a free connection, or the room for one, to who has waited longest. */
  const passOn = (connection: PostgresConnection | undefined): void => {
    for (const waiter of waiters) {
      waiters.delete(waiter);
      if (connection === undefined) opening++;
      waiter.lend(connection);
      return;
    }
    if (connection !== undefined) idle.push(connection);
  };

  const giveBack = (connection: PostgresConnection): void => {
    if (connection.usable && !closed) passOn(connection);
    else {
      all.delete(connection);
      connection.end();
      passOn(undefined);
    }
    if (lent() === 0) whenEmpty?.();
  };

  const lent = (): number => all.size + opening - idle.length;

  return {
    options,
    place,
    inside: new AsyncLocalStorage(),
    async use(work) {
      if (closed) throw errors.AF_STORAGE_CLOSED({ database: server });
      let connection = await turn();
      if (connection === undefined)
        try {
          connection = await open();
        } catch (error) {
          passOn(undefined);
          if (lent() === 0) whenEmpty?.();
          throw error;
        }
      try {
        return await work(connection);
      } finally {
        giveBack(connection);
      }
    },
    async extra() {
      if (closed) throw errors.AF_STORAGE_CLOSED({ database: server });
      return connect(config, options, place);
    },
    schemaChanged() {
      for (const each of all) each.forgetStatements();
    },
    async close(ms = 4000) {
      if (closed) return;
      closed = true;
      for (const waiter of waiters) waiter.refuse(errors.AF_STORAGE_CLOSED({ database: server }));
      waiters.clear();
      for (const each of idle.splice(0)) {
        all.delete(each);
        each.end();
      }
      if (lent() > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        whenEmpty = resolve;
        const timer = setTimeout(resolve, ms);
        await promise;
        clearTimeout(timer);
      }
      clearInterval(watch);
      for (const each of all) each.destroy();
    },
  };
}
