import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import pg from 'pg';
import { freshPostgres, startPostgres } from '@agent-factory/test-servers';
import { translate } from '../src/driver-errors.ts';
import { checkVersion } from '../src/postgres-connection.ts';
import { createPostgresStorage, openPostgresServer } from '../src/postgres-storage.ts';
import { startOldServer } from './old-server.ts';
import { openTestStorage } from './open-test-storage.ts';
import { poolOptions } from './pool-options.ts';
import { refusal } from './refusal.ts';

const secret = 'pass-word-canary';

describe('a server that cannot be used', () => {
  const open = async (url: string, options = {}): Promise<unknown> => {
    const server = await openPostgresServer(poolOptions(url, { connectTimeoutMs: 500, ...options }));
    await server.close();
    return server;
  };

  it('is named, with what to do, when nobody listens there', async () => {
    const error = await refusal(open(`postgres://me:${secret}@127.0.0.1:1/agents`));
    assert.deepEqual([error.code, error.retryable], ['AF_STORAGE_UNAVAILABLE', true]);
    assert.match(error.message, /127\.0\.0\.1:1\/agents.*ECONNREFUSED/);
    assert.ok(!inspect(error, { depth: 9 }).includes(secret));
  });

  it('is given up when it says nothing', async () => {
    // Read, or it would not see that the other end has gone, and keep the process alive.
    const silent = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo; // listens on TCP
    const error = await refusal(open(`postgres://me@127.0.0.1:${port}/agents`, { connectTimeoutMs: 50 }));
    assert.equal(error.code, 'AF_STORAGE_UNAVAILABLE');
    silent.close();
  });

  it('is named when its name means nothing', async () => {
    const error = await refusal(open('postgres://me@host.invalid/agents'));
    assert.equal(error.code, 'AF_STORAGE_UNAVAILABLE');
    assert.match(error.message, /host\.invalid/);
  });

  it('refuses a wrong password, and nobody repeats it', async function () {
    this.timeout(30_000);
    const server = await startPostgres({ settings: { fsync: 'off' } });
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(`CREATE ROLE keeper LOGIN PASSWORD 'right'`);
    const { rows } = await admin.query<{ hba_file: string }>('SHOW hba_file');
    const rule = 'host all keeper 127.0.0.1/32 scram-sha-256';
    await admin.query(`COPY (SELECT '${rule}') TO '${rows[0]?.hba_file ?? ''}'`);
    await admin.query('SELECT pg_reload_conf()');
    await admin.end();
    const url = new URL(server.url);
    url.username = 'keeper';
    for (const [password, name] of [
      [secret, 'keeper'],
      [secret, 'stranger'],
    ]) {
      url.username = name ?? '';
      url.password = password ?? '';
      const error = await refusal(open(url.href));
      assert.deepEqual([error.code, error.retryable], ['AF_STORAGE_OPEN_FAILED', false]);
      assert.match(error.fix, /user and password/);
      assert.ok(!inspect(error, { depth: 9 }).includes(secret));
    }
    await server.stop();
  });

  it('is named when it has no such database', async () => {
    const { url, close } = await freshPostgres();
    const missing = new URL(url);
    missing.pathname = '/nowhere';
    const error = await refusal(open(missing.href));
    assert.equal(error.code, 'AF_STORAGE_OPEN_FAILED');
    assert.match(error.message, /"nowhere" does not exist/);
    await close();
  });

  it('is refused when it is too old', () => {
    for (const version of ['140009', '90624', '0', ''])
      assert.throws(() => checkVersion('db:5432/agents', version), { code: 'AF_STORAGE_UNSUPPORTED' });
    for (const version of ['150000', '180004']) checkVersion('db:5432/agents', version);
    assert.throws(
      () => checkVersion('db:5432/agents', '140009'),
      /PostgreSQL 14, and PostgreSQL 15 or newer/,
    );
  });

  it('is refused as too old when it says so itself, before anything is written', async () => {
    for (const [version, found] of [
      ['140009', 'PostgreSQL 14'],
      ['90624', 'PostgreSQL 9'],
    ] as const) {
      const old = await startOldServer(version);
      const error = await refusal(open(old.url));
      assert.deepEqual([error.code, error.retryable], ['AF_STORAGE_UNSUPPORTED', false]);
      assert.ok(error.message.includes(`${found}, and PostgreSQL 15 or newer`), error.message);
      assert.ok(error.message.includes(new URL(old.url).host), error.message);
      old.close();
    }
  });

  it('is refused when the database is not in UTF-8, or has no schema to write to', async () => {
    const { url, superuserUrl, close } = await freshPostgres();
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    const name = `${new URL(url).pathname.slice(1)}_latin`;
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1'`);
    const latin = new URL(superuserUrl);
    latin.pathname = `/${name}`;
    assert.match((await refusal(open(latin.href))).message, /encoding is LATIN1/);
    await admin.query(`DROP DATABASE ${name}`);
    await admin.end();
    const error = await refusal(open(`${url}?options=-c%20search_path%3Dnowhere`));
    assert.deepEqual([error.code, /search_path/.test(error.message)], ['AF_STORAGE_OPEN_FAILED', true]);
    await close();
  });

  it('is not tried with a URL that is none, which is not repeated either', async () => {
    for (const url of [
      `mysql://me:${secret}@db/agents`,
      `postgres://me:${secret}@db:port/agents`,
      `me:${secret}@db/agents`,
      `postgres://me:/${secret}@db:5432/agents`,
      `postgres://me:5/${secret}@db:5432/agents`,
      `postgres://me:5?${secret}@db:5432/agents`,
      `postgres://me:5#${secret}@db:5432/agents`,
      `postgres://localhost:/${secret}@127.0.0.1:5432/agents`,
      '',
    ]) {
      const error = await refusal(open(url));
      assert.equal(error.code, 'AF_STORAGE_POSTGRES_URL', url);
      assert.ok(!inspect(error, { depth: 9 }).includes(secret), url);
    }
  });

  it('is refused as a user whom row-level security does not bind, when no role can be made', async () => {
    const { url, superuserUrl, close } = await freshPostgres();
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    const user = new URL(url).username;
    await admin.query(`ALTER ROLE ${user} BYPASSRLS`);
    const error = await refusal(open(url));
    assert.equal(error.code, 'AF_STORAGE_POSTGRES_RIGHTS');
    for (const statement of /CREATE ROLE.*/.exec(error.fix)?.[0].split('; ') ?? [])
      await admin.query(statement);
    await open(url);
    await admin.end();
    await close();
  });

  it('makes the roles for tenants itself where it may', async () => {
    const { url, superuserUrl, close } = await freshPostgres();
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    await admin.query(`ALTER ROLE ${new URL(url).username} CREATEROLE`);
    for (let time = 0; time < 2; time++) await open(url);
    const { rows } = await admin.query(
      "SELECT rolname FROM pg_roles, pg_database d WHERE datname = current_database() AND rolname ~ ('^af_[a-z]+_' || d.oid || '$')",
    );
    assert.equal(rows.length, 2);
    await admin.end();
    await close();
  });

  it('says so when the server takes no writes', async () => {
    const { storage, server, superuserUrl, url, close } = await openTestStorage({ ownDatabase: true });
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT)');
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    await admin.query(
      `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`,
    );
    const reader = await openPostgresServer(poolOptions(url));
    const { storage: reading } = createPostgresStorage(reader, { kernelVersion: '0.1.0' });
    assert.deepEqual(await reading.query('SELECT id FROM af_test_rows'), []);
    const insert = 'INSERT INTO af_test_rows VALUES (1)';
    for (const use of [
      () => reading.execute(insert),
      () => reading.batch([{ sql: insert }]),
      () => reading.transaction((tx) => tx.execute(insert)),
    ])
      assert.equal((await refusal(use())).code, 'AF_STORAGE_READ_ONLY');
    await admin.end();
    await reader.close();
    await server.close();
    await close();
  });

  it('says what each failure of a server means', () => {
    const fails = (code: string, message = 'it failed'): string =>
      translate(Object.assign(new Error(message), { code, severity: 'ERROR' }), { server: 'db' }).code;
    assert.equal(fails('53100'), 'AF_STORAGE_FULL');
    assert.equal(fails('58030'), 'AF_STORAGE_IO');
    assert.equal(fails('XX001'), 'AF_STORAGE_CORRUPT');
    assert.equal(fails('40001'), 'AF_STORAGE_LOCKED');
    assert.equal(fails('57P03'), 'AF_STORAGE_UNAVAILABLE');
    assert.equal(fails('53300'), 'AF_STORAGE_UNAVAILABLE');
    assert.equal(fails('22P02'), 'AF_STORAGE_STATEMENT_INVALID');
  });
});
