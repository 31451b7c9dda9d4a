import assert from 'node:assert/strict';
import pg from 'pg';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { startPostgres } from '@agent-factory/test-servers';
import { createPostgresStorage, openPostgresServer, type PostgresStorage } from '../src/postgres-storage.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { openTestStorage } from './open-test-storage.ts';
import { poolOptions } from './pool-options.ts';
import { refusal } from './refusal.ts';

const insert = 'INSERT INTO af_test_rows VALUES (?)';

/** Waits until the server has a statement like this at work. */
async function atWork(admin: pg.Client, like: string): Promise<number> {
  for (;;) {
    const { rows } = await admin.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE query LIKE $1 AND state = 'active' AND pid <> pg_backend_pid()`,
      [like],
    );
    if (rows[0]) return rows[0].pid;
  }
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('a pool that is exhausted', () => {
  it('says so after the time to wait, and serves again when connections come back', async () => {
    const { storage, close } = await openTestStorage({ maxConnections: 2, waitMs: 100 });
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const holders = [1, 2].map(() =>
      storage.transaction(async (tx) => {
        await tx.query('SELECT 1');
        await held;
      }),
    );
    const error = await refusal(storage.query('SELECT 2'));
    assert.deepEqual([error.code, error.retryable], ['AF_STORAGE_BUSY', true]);
    assert.match(error.message, /all 2 are in use/);
    const waiting = storage.query('SELECT 3 AS n');
    letGo();
    assert.deepEqual(await waiting, [{ n: 3 }]);
    await Promise.all(holders);
    await Promise.all(Array.from({ length: 20 }, () => storage.query('SELECT 1')));
    await close();
  });

  it('does not hold up a tenant whose tables it has to learn of', async () => {
    const { tenants, another, close } = await openTestStorage({ maxConnections: 1, waitMs: 500 });
    const other = await another();
    await other.tenants.migrate('test', [
      {
        version: 1,
        name: 'create-rows',
        up: 'CREATE TABLE af_test_rows ({{tenant.column}} id BIGINT, PRIMARY KEY ({{tenant.key}} id))',
        down: 'DROP TABLE af_test_rows',
      },
    ]);
    const tenant = await tenants.tenant('default');
    await tenant.transaction((tx) => tx.execute('INSERT INTO af_test_rows (id) VALUES (1)'));
    await close();
  });
});

describe('a lock that another transaction holds', () => {
  it('is waited for only so long', async () => {
    const { storage, another, close } = await openTestStorage({ waitMs: 50 });
    const other = (await another()).storage;
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY)');
    await storage.transaction(async (tx) => {
      await tx.lock('mine');
      await tx.execute(insert, [1]);
      for (const use of [
        () => other.execute(insert, [1]),
        () => other.batch([{ sql: insert, params: [1] }]),
        () => other.transaction((theirs) => theirs.lock('mine')),
        () => other.transaction((theirs) => theirs.execute(insert, [1])),
      ]) {
        const error = await refusal(use());
        assert.deepEqual([error.code, error.retryable], ['AF_STORAGE_LOCKED', true]);
        assert.match(error.message, /after 50 ms/);
      }
    });
    await other.transaction((tx) => tx.lock('mine'));
    await close();
  });

  it('fails one of two that wait for each other', async () => {
    const { storage, close } = await openTestStorage();
    const meeting = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const [first, second] = meeting;
    const outcomes = await Promise.allSettled([
      storage.transaction(async (tx) => {
        await tx.lock('a');
        first.resolve();
        await second.promise;
        await tx.lock('b');
      }),
      storage.transaction(async (tx) => {
        await tx.lock('b');
        second.resolve();
        await first.promise;
        await tx.lock('a');
      }),
    ]);
    const lost = outcomes.filter(({ status }) => status === 'rejected');
    assert.equal(lost.length, 1);
    assert.ok(
      lost.every(
        (each) => each.status === 'rejected' && isAgentFactoryError(each.reason, 'AF_STORAGE_LOCKED'),
      ),
    );
    await close();
  });

  it('goes with a transaction that a failed statement has ended', async () => {
    const { storage, close } = await openTestStorage();
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY)');
    const use = storage.transaction(async (tx) => {
      await tx.execute(insert, [1]);
      await tx.execute(insert, [1]).catch(() => undefined);
      assert.equal((await refusal(tx.execute(insert, [2]))).code, 'AF_STORAGE_TRANSACTION_OVER');
    });
    assert.equal((await refusal(use)).code, 'AF_STORAGE_TRANSACTION_OVER', 'it is not said to be committed');
    assert.deepEqual(await storage.query('SELECT id FROM af_test_rows'), []);
    await close();
  });
});

describe('a statement that takes too long', () => {
  it('is ended by the server, and the connection goes on', async () => {
    const { storage, close } = await openTestStorage({ statementTimeoutMs: 50, maxConnections: 1 });
    const error = await refusal(storage.query('SELECT pg_sleep(20)'));
    assert.equal(error.code, 'AF_STORAGE_UNAVAILABLE');
    assert.match(error.message, /longer than 50 ms/);
    assert.deepEqual(await storage.query('SELECT 1 AS n'), [{ n: 1 }]);
    await close();
  });

  it('is given up when the server has fallen silent', async function () {
    this.timeout(30_000);
    const server = await startPostgres({ settings: { fsync: 'off' } });
    const open = await openPostgresServer(
      poolOptions(server.url, { statementTimeoutMs: 200, maxConnections: 1 }),
    );
    const { storage } = createPostgresStorage(open, { kernelVersion: '0.1.0' });
    const [row] = await storage.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    process.kill(row?.pid ?? 0, 'SIGSTOP');
    const error = await refusal(storage.query('SELECT 1'));
    process.kill(row?.pid ?? 0, 'SIGCONT');
    assert.equal(error.code, 'AF_STORAGE_UNAVAILABLE');
    assert.deepEqual(await storage.query('SELECT 2 AS n'), [{ n: 2 }]);
    await open.close();
    await server.stop();
  });
});

describe('a connection that is lost', () => {
  it('fails the statement that the server ended with it, and the next one works', async () => {
    const { storage, superuserUrl, close } = await openTestStorage({ maxConnections: 1 });
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY)');
    for (const [like, use] of [
      ['SELECT pg_sleep(21%', () => storage.query('SELECT pg_sleep(21)')],
      [
        'INSERT INTO af_test_rows SELECT 1%',
        () => storage.batch([{ sql: 'INSERT INTO af_test_rows SELECT 1 FROM pg_sleep(21)', changes: 1 }]),
      ],
      [
        'SELECT pg_sleep(22%',
        () =>
          storage.transaction(async (tx) => {
            await tx.execute(insert, [1]);
            await tx.query('SELECT pg_sleep(22)');
          }),
      ],
    ] as const) {
      const lost = refusal(use());
      await admin.query('SELECT pg_terminate_backend($1)', [await atWork(admin, like)]);
      const error = await lost;
      assert.deepEqual([error.code, error.retryable], ['AF_STORAGE_UNAVAILABLE', true]);
      assert.deepEqual(await storage.query('SELECT id FROM af_test_rows'), []);
    }
    await admin.end();
    await close();
  });

  it('is not noticed when nobody was using it', async () => {
    const { storage, superuserUrl, close } = await openTestStorage();
    const [row] = await storage.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    await admin.query('SELECT pg_terminate_backend($1, 5000)', [row?.pid]);
    await admin.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(await storage.query('SELECT 1 AS n'), [{ n: 1 }]);
    await close();
  });

  it('leaves open whether it committed when it breaks then, and says so', async () => {
    const fixture = await openTestStorage();
    await fixture.storage.execute('CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY)');
    const proxy = await startCuttingProxy(fixture.url);
    const open = await openPostgresServer(poolOptions(proxy.url));
    const { storage } = createPostgresStorage(open, { kernelVersion: '0.1.0' });
    const ways: readonly (readonly [sent: string, use: (id: number) => Promise<unknown>])[] = [
      ['COMMIT', (id) => storage.transaction((tx) => tx.execute(insert, [id]))],
      ['COMMIT', (id) => storage.batch([{ sql: insert, params: [id], changes: 1 }])],
      ['af_test_rows', (id) => storage.batch([{ sql: insert, params: [id] }])],
      ['af_test_rows', (id) => storage.execute(insert, [id])],
    ];
    let id = 0;
    for (const [sent, use] of ways)
      for (const arrives of [false, true]) {
        id++;
        proxy.cut({ sent, arrives });
        const error = await refusal(use(id));
        assert.deepEqual([error.code, error.retryable], ['AF_STORAGE_COMMIT_UNKNOWN', true]);
        await until(async () => {
          const [row] = await fixture.storage.query<{ n: number }>(
            "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%af_test_rows%' AND pid <> pg_backend_pid()",
          );
          return row?.n === 0;
        });
        const rows = await fixture.storage.query('SELECT id FROM af_test_rows WHERE id = ?', [id]);
        assert.equal(rows.length, arrives ? 1 : 0);
      }
    await open.close();
    proxy.close();
    await fixture.close();
  });

  it('is told to those who listen to signals, and listened to again', async () => {
    const { signals, superuserUrl, close } = await openTestStorage();
    const heard: (string | undefined)[] = [];
    using _subscription = signals.subscribe('news', (text) => heard.push(text));
    await signals.publish('news', 'one');
    await until(() => heard.length > 0);
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%LISTEN%' AND pid <> pg_backend_pid()`,
    );
    await admin.end();
    await until(() => heard.length > 1);
    await signals.publish('news', 'two');
    await until(() => heard.length > 2);
    assert.deepEqual(heard, ['one', undefined, 'two']);
    await close();
  });
});

describe('a server that is restarted', () => {
  it('takes back the transaction under way, keeps what was acknowledged, and is used again', async function () {
    this.timeout(60_000);
    const server = await startPostgres();
    const open = await openPostgresServer(poolOptions(server.url));
    const { storage, signals }: PostgresStorage = createPostgresStorage(open, { kernelVersion: '0.1.0' });
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY)');
    const heard: (string | undefined)[] = [];
    using _subscription = signals.subscribe('news', (text) => heard.push(text));
    await signals.publish('news', 'before');
    await until(() => heard.length > 0);
    await storage.execute(insert, [1]);
    const cut = storage.transaction(async (tx) => {
      await tx.execute(insert, [2]);
      await server.kill('SIGKILL');
      await tx.execute(insert, [3]);
    });
    assert.equal((await refusal(cut)).code, 'AF_STORAGE_UNAVAILABLE');
    const down = await refusal(storage.query('SELECT 1'));
    assert.deepEqual([down.code, down.retryable], ['AF_STORAGE_UNAVAILABLE', true]);
    await server.start();
    assert.deepEqual(await storage.query('SELECT id FROM af_test_rows'), [{ id: 1 }]);
    await storage.batch([{ sql: insert, params: [2] }]);
    await until(() => heard.length > 1);
    await signals.publish('news', 'after');
    await until(() => heard.length > 2);
    assert.deepEqual(heard, ['before', undefined, 'after']);
    await open.close();
    await server.stop();
  });
});
