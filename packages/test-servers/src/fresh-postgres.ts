import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { isEmptied, lookAt } from './emptied-postgres.ts';
import { shared } from './shared-folder.ts';
import { startPostgres } from './start-postgres.ts';

/** An empty database of its own. */
export interface FreshPostgres {
  /** As its owner: a login role that may not create roles, and is bound by row-level security. */
  readonly url: string;
  /** As a superuser. */
  readonly superuserUrl: string;
  /** Ends its connections and lets go of it. What was in it is gone. */
  close(): Promise<void>;
}

let own: Promise<string> | undefined;

/** The superuser's address of the cluster for this run: TEST_PG_URL, else one shared by the test run, else our own. */
async function cluster(): Promise<string> {
  const given = process.env['TEST_PG_URL'];
  if (given) return given;
  const found = await shared('postgres', (keeper) => startPostgres({ keeper, settings: quick }));
  if (found) return found.url;
  own ??= startPostgres({ settings: quick }).then(({ url }) => url);
  return own;
}

/** What a shared cluster keeps need not survive a power cut; tests about that start their own. */
const quick = { fsync: 'off', max_connections: '300' };

/** A database, and what was seen of it when it was new. */
interface Kept {
  readonly database: FreshPostgres;
  readonly looked: string;
  uses: number;
}

/** What was dropped stays in the catalogs for a while, where every statement passes it. */
const mostUses = 20;

/** Databases of this process that are as new, and that nobody uses. */
const idle: Kept[] = [];

/** An empty database in the run's cluster, which is started when it is first needed. */
export async function freshPostgres(): Promise<FreshPostgres> {
  // On a server of others nothing is left behind.
  if (process.env['TEST_PG_URL']) return freshDatabase(await cluster());
  const kept = idle.pop() ?? (await make());
  const { url, superuserUrl } = kept.database;
  let closing: Promise<void> | undefined;
  return { url, superuserUrl, close: () => (closing ??= letGo(kept)) };
}

async function make(): Promise<Kept> {
  const database = await freshDatabase(await cluster());
  return { database, looked: await lookAt(database), uses: 0 };
}

/** To make one anew costs more than most tests. */
async function letGo(kept: Kept): Promise<void> {
  kept.uses += 1;
  if (kept.uses < mostUses && (await isEmptied(kept.database, kept.looked))) idle.push(kept);
  else await kept.database.close();
}

/** Creates an empty database by a superuser's address. */
export async function freshDatabase(admin: string): Promise<FreshPostgres> {
  const name = `af_test_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await asAdmin(admin, async (client) => {
    await client.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
    await client.query(`CREATE DATABASE ${name} OWNER ${name}`);
  });
  const superuser = new URL(admin);
  superuser.pathname = `/${name}`;
  const owner = new URL(superuser);
  owner.username = name;
  owner.password = password;
  return {
    url: owner.href,
    superuserUrl: superuser.href,
    async close() {
      await asAdmin(admin, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        await client.query(`DROP ROLE IF EXISTS ${name}`);
      });
    },
  };
}

async function asAdmin(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
