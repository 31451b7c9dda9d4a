import pg from 'pg';
import { freshPostgres, type FreshPostgres } from '@agent-factory/test-servers';
import type { StorageHandlesFixture } from '@agent-factory/sdk/testing';
import type { PoolOptions } from '../src/connection-pool.ts';
import {
  createPostgresStorage,
  openPostgresServer,
  type PostgresServer,
  type PostgresStorage,
} from '../src/postgres-storage.ts';
import { poolOptions } from './pool-options.ts';
import { escapes } from './tenant-escapes.ts';

/** How a test's storage differs from the usual. */
export interface TestStorageOptions extends Partial<PoolOptions> {
  /** Connect as a superuser, under whom tenants need roles of their own. Default: as the owner of the database. */
  readonly superuser?: boolean;
  /** Have a database alone, and not one schema of a database. Default false. */
  readonly ownDatabase?: boolean;
}

/** A storage on a database of its own. */
export interface TestStorage extends StorageHandlesFixture, PostgresStorage {
  readonly server: PostgresServer;
  readonly url: string;
  readonly superuserUrl: string;
  another(): Promise<PostgresStorage>;
}

let database: Promise<FreshPostgres> | undefined;
let schemas = 0;

// A process may run several files of tests, of which only the first to load this one has this hook.
after(async () => {
  const own = database;
  database = undefined;
  await (await own)?.close();
});

/** A schema of its own in the tests' database, which is made once: a database for each takes too long. */
async function freshSchema(): Promise<FreshPostgres> {
  database ??= freshPostgres();
  const { url, superuserUrl } = await database;
  const name = `suite_${process.pid}_${++schemas}`;
  await asSuperuser(superuserUrl, (client) =>
    client.query(`CREATE SCHEMA ${name} AUTHORIZATION ${new URL(url).username}`),
  );
  const within = (address: string): string => `${address}?options=-c%20search_path%3D${name}`;
  return {
    url: within(url),
    superuserUrl: within(superuserUrl),
    close: () => asSuperuser(superuserUrl, (client) => client.query(`DROP SCHEMA ${name} CASCADE`)),
  };
}

/** Does something that the storage itself may not. */
async function asSuperuser(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Opens a storage on an empty schema, or database. */
export async function openTestStorage(options: TestStorageOptions = {}): Promise<TestStorage> {
  const { superuser = false, ownDatabase = false, ...settings } = options;
  const { url, superuserUrl, close } = await (ownDatabase ? freshPostgres() : freshSchema());
  const servers: PostgresServer[] = [];
  const open = async (): Promise<PostgresStorage & { server: PostgresServer }> => {
    const server = await openPostgresServer(poolOptions(superuser ? superuserUrl : url, settings));
    servers.push(server);
    return { ...createPostgresStorage(server, { kernelVersion: '0.1.0' }), server };
  };
  return {
    ...(await open()),
    url,
    superuserUrl,
    another: open,
    escapes: (other) => escapes.map((sql) => sql.replaceAll('OTHER', other)),
    async close() {
      for (const each of servers) await each.close();
      await close();
    },
  };
}
