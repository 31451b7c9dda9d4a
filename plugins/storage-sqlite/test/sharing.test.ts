import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { createSqliteStorage } from '../src/sqlite-storage.ts';
import { checkLedger } from '../src/sqlite-ledger.ts';
import { openTestPlatform, openTestStorage } from './open-test-storage.ts';

const hasCode = (code: `AF_${string}`) => (error: unknown) => isAgentFactoryError(error, code);

describe('a database in use by another process', () => {
  it('is waited for without holding up this process', async () => {
    const { storage, file, close } = await openTestStorage();
    await storage.execute('CREATE TABLE af_test_rows (id INTEGER)');
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    const uses = [
      storage.execute('INSERT INTO af_test_rows VALUES (1)'),
      storage.batch([{ sql: 'INSERT INTO af_test_rows VALUES (2)' }]),
      storage.transaction((tx) => tx.execute('INSERT INTO af_test_rows VALUES (3)')),
    ];
    // This runs although three writes wait: were the driver waiting, the lock would never be let go.
    setImmediate(() => other.exec('COMMIT').close());
    await Promise.all(uses);
    const rows = await storage.query('SELECT id FROM af_test_rows ORDER BY rowid');
    assert.deepEqual(rows, [{ id: 1 }, { id: 2 }, { id: 3 }]);
    await close();
  });

  it('fails the write when it stays locked, as an error that may be retried', async () => {
    const { storage, file, close } = await openTestStorage({ busyTimeoutMs: 20 });
    await storage.execute('CREATE TABLE af_test_rows (id INTEGER)');
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    const insert = 'INSERT INTO af_test_rows VALUES (1)';
    for (const use of [
      () => storage.execute(insert),
      () => storage.batch([{ sql: insert }]),
      () => storage.transaction((tx) => tx.execute(insert)),
      () => storage.migrate('test', [{ version: 1, name: 'x', up: 'CREATE TABLE af_test_x (a)', down: '' }]),
    ])
      await assert.rejects(
        use,
        (error) => isAgentFactoryError(error, 'AF_STORAGE_LOCKED') && error.retryable,
      );
    assert.deepEqual(await storage.query('SELECT id FROM af_test_rows'), [], 'reading goes on');
    other.close();
    await storage.execute(insert);
    await close();
  });

  it('is migrated once when two processes start together, with its tenants', async () => {
    const { storage, tenants, file, check, close } = await openTestPlatform();
    for (const id of ['a', 'b', 'c', 'd', 'e']) await tenants.create(id);
    const children = [1, 2].map(() =>
      spawn(process.execPath, [
        '--conditions=@agent-factory/source',
        join(import.meta.dirname, 'fixtures', 'migrate.ts'),
        file,
      ]),
    );
    const outcomes = await Promise.all(
      children.map(async (child) => {
        let complaint = '';
        child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
        await once(child.stdout, 'data'); // it is loaded and waits
        return { child, complaint: () => complaint };
      }),
    );
    for (const { child } of outcomes) child.stdin.end('go');
    for (const { child, complaint } of outcomes) {
      if (child.exitCode === null) await once(child, 'close');
      assert.equal(child.exitCode, 0, complaint());
    }
    const count =
      'SELECT COUNT(*) AS n, MAX(version) AS last FROM af_storage_sqlite_migrations WHERE scope = ?';
    for (const scope of ['platform', 'tenant'])
      assert.deepEqual(await storage.query(`${count} AND state = 'applied'`, [scope]), [{ n: 20, last: 20 }]);
    for (const id of await tenants.list())
      assert.deepEqual(await (await tenants.tenant(id)).query(count, ['tenant']), [{ n: 20, last: 20 }]);
    await check();
    await close();
  });

  it('is opened by two at once', async () => {
    const { another, close } = await openTestStorage();
    await Promise.all([another(), another(), another()]);
    await close();
  });
});

describe('one connection', () => {
  it('never waits for ever when a transaction waits for a statement from elsewhere', async () => {
    const { storage, close } = await openTestStorage({ busyTimeoutMs: 20 });
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const elsewhere: Promise<unknown>[] = [];
    const stuck = storage.transaction(async () => {
      start();
      await new Promise((resolve) => setImmediate(resolve));
      await elsewhere[0];
    });
    await started;
    elsewhere.push(storage.query('SELECT 1'));
    await assert.rejects(stuck, hasCode('AF_STORAGE_LOCKED'));
    await storage.query('SELECT 1');
    await close();
  });

  it('lets a running transaction end before it closes, and refuses what comes later', async () => {
    const { storage, connection, file, close } = await openTestStorage();
    await storage.execute('CREATE TABLE af_test_rows (id INTEGER)');
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    const transaction = storage.transaction(async (tx) => {
      await goOn;
      return tx.execute('INSERT INTO af_test_rows VALUES (1)');
    });
    const closed = connection.close();
    await assert.rejects(storage.query('SELECT 1'), hasCode('AF_STORAGE_CLOSED'));
    await assert.rejects(
      storage.transaction(async () => undefined),
      hasCode('AF_STORAGE_CLOSED'),
    );
    resolve();
    assert.equal((await transaction).changes, 1);
    await closed;
    assert.ok(!existsSync(`${file}-wal`), 'the log is folded into the file');
    await close();
  });

  it('serves two storages, so that an upgrade shares it with the version before', async () => {
    const { storage, connection, close } = await openTestStorage();
    const newer = createSqliteStorage(connection, { busyTimeoutMs: 20, kernelVersion: '0.0.0' });
    await storage.execute('CREATE TABLE af_test_rows (id INTEGER)');
    await assert.rejects(
      storage.transaction(() => newer.query('SELECT 1')),
      hasCode('AF_STORAGE_NESTED'),
    );
    await newer.execute('INSERT INTO af_test_rows VALUES (1)');
    await close();
  });

  it('keeps what it prepared within bounds', async () => {
    const { storage, connection, close } = await openTestStorage();
    const first = connection.statements.get('SELECT 0 AS n');
    for (let n = 0; n < 2000; n++) {
      assert.deepEqual(await storage.query(`SELECT ${n} AS n`), [{ n }]);
      assert.equal(connection.statements.get('SELECT 0 AS n'), first, 'what is used stays');
    }
    assert.notEqual(connection.statements.get('SELECT 1 AS n'), connection.statements.get('SELECT 2 AS n'));
    await close();
  });

  it('reads big integers that a statement both writes and returns, once', async () => {
    const { storage, close } = await openTestStorage();
    await storage.execute('CREATE TABLE af_test_rows (id INTEGER)');
    const big = 2n ** 60n + 1n;
    const sql = 'INSERT INTO af_test_rows VALUES (?), (?) RETURNING id';
    assert.deepEqual(await storage.query(sql, [big, 3]), [{ id: big }, { id: 3 }]);
    assert.deepEqual(await storage.query('SELECT COUNT(*) AS n FROM af_test_rows'), [{ n: 2 }]);
    await close();
  });

  it('notices a ledger from which somebody deleted', async () => {
    const { storage, connection, close } = await openTestStorage();
    const migrations = [1, 2, 3].map((version) => ({
      version,
      name: `m${version}`,
      up: 'SELECT 1',
      down: '',
    }));
    await storage.migrate('test', migrations);
    checkLedger(connection.database, connection.file);
    await storage.execute('DELETE FROM af_storage_sqlite_migrations WHERE version = 2');
    assert.throws(
      () => checkLedger(connection.database, connection.file),
      hasCode('AF_STORAGE_LEDGER_INVALID'),
    );
    await close();
  });

  it('refuses a migration that ends its own transaction', async () => {
    const { storage, close } = await openTestStorage();
    const migration = { version: 1, name: 'sly', up: 'SELECT 1; COMMIT', down: '' };
    await assert.rejects(storage.migrate('test', [migration]), hasCode('AF_STORAGE_MIGRATION_FAILED'));
    await close();
  });
});
