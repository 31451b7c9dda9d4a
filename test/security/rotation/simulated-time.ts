import { AsyncLocalStorage } from 'node:async_hooks';
import Database from 'better-sqlite3';
import pg from 'pg';
import type { FreshStorage } from '@agent-factory/test-servers';

const realNow = Date.now;
const realPrepare = Database.prototype.prepare;

/** A storage whose database goes by the simulated time. */
export interface TimedStorage extends FreshStorage {
  /** Tells the database how far time is moved. */
  moved(ms: number): Promise<void>;
}

/**
 * The time of a test that need not wait for it. It runs as the machine's does, and is moved on besides. What is started
 * by {@link as} reads a clock that is off, as that of another machine would be; databases have the right time.
 */
export class SimulatedTime {
  readonly #off = new AsyncLocalStorage<{ ms: number }>();
  #movedMs = 0;
  #storage: TimedStorage | undefined;

  /** From now on `Date.now` tells it. */
  begin(): void {
    Date.now = () => this.now() + (this.#off.getStore()?.ms ?? 0);
  }

  /** What time it really is, in milliseconds since the epoch. */
  now(): number {
    return realNow() + this.#movedMs;
  }

  /** Does something, and all that comes of it, by a clock that is off by so much. */
  as<T>(off: { ms: number }, work: () => T): T {
    return this.#off.run(off, work);
  }

  async move(ms: number): Promise<void> {
    const moved = this.#movedMs + ms;
    // The database first: whoever sees that time has moved may ask it.
    await this.#storage?.moved(moved);
    this.#movedMs = moved;
  }

  /** Has the database of a storage go by this time. */
  async follow(storage: FreshStorage): Promise<FreshStorage> {
    const url = storage.plugin.config?.url;
    this.#storage = url === undefined ? this.#onSqlite(storage) : await this.#onPostgres(storage, url);
    return this.#storage;
  }

  /** The machine's time again. */
  stop(): void {
    Date.now = realNow;
    Database.prototype.prepare = realPrepare;
  }

  /** Its function of the time is replaced, in each connection before its first statement. */
  #onSqlite(storage: FreshStorage): TimedStorage {
    const known = new WeakSet<Database.Database>();
    const now = (): number => this.now() / 1000;
    Database.prototype.prepare = function prepare(this: Database.Database, text: string) {
      if (!known.has(this)) this.function('unixepoch', { varargs: true }, now);
      known.add(this);
      return realPrepare.call(this, text);
    } as typeof realPrepare; // the same function, for any parameters
    return { ...storage, moved: async () => {} };
  }

  /** Its function of the time is hidden by one of the same name. */
  async #onPostgres(storage: FreshStorage, url: string): Promise<TimedStorage> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`
      CREATE TABLE public.simulated_time (moved interval NOT NULL);
      INSERT INTO public.simulated_time VALUES ('0');
      CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz VOLATILE SECURITY DEFINER LANGUAGE sql
        AS 'SELECT pg_catalog.clock_timestamp() + moved FROM public.simulated_time'`);
    const own = new URL(url);
    own.searchParams.set('options', '-c search_path=public,pg_catalog');
    return {
      plugin: { ...storage.plugin, config: { url: own.href } },
      moved: async (ms) => {
        await client.query(`UPDATE public.simulated_time SET moved = $1 * interval '1 millisecond'`, [ms]);
      },
      close: async () => {
        await client.end();
        await storage.close();
      },
    };
  }
}
