import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { isAgentFactoryError, type AgentFactoryError } from '@agent-factory/sdk';
import { databaseNow, type Migration } from '@agent-factory/sdk/contracts';
import { openTestPlatform, openTestStorage } from './open-test-storage.ts';

async function refusal(promise: Promise<unknown>): Promise<AgentFactoryError> {
  const error: unknown = await promise.then(
    () => assert.fail('it should have been refused'),
    (reason: unknown) => reason,
  );
  assert.ok(isAgentFactoryError(error), String(error));
  return error;
}

/** A small file system in memory; `undefined` where this user may mount none. */
function mountSmallDisk(): { readonly folder: string; unmount(): void } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'agent-factory-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  return {
    folder,
    unmount() {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

describe('a disk without room', () => {
  it('fails writes and new tenants, keeps what was acknowledged, and goes on when there is room', async function () {
    const disk = mountSmallDisk();
    if (disk === undefined) this.skip();
    const platform = await openTestPlatform({
      file: join(disk.folder, 'test.db'),
      tenantsFolder: join(disk.folder, 'tenants'),
    });
    const { storage, tenants } = platform;
    try {
      await storage.execute('CREATE TABLE af_test_rows (id INTEGER PRIMARY KEY, body BLOB)');
      await tenants.create('acme');
      const acme = await tenants.tenant('acme');
      await acme.execute('CREATE TABLE af_test_rows (id INTEGER PRIMARY KEY, body BLOB)');
      let acknowledged = 0;
      let error: AgentFactoryError | undefined;
      for (let id = 1; error === undefined && id < 1000; id++)
        await storage.execute('INSERT INTO af_test_rows VALUES (?, zeroblob(20000))', [id]).then(
          () => acknowledged++,
          (reason: AgentFactoryError) => (error = reason),
        );
      assert.deepEqual([error?.code, error?.retryable], ['AF_STORAGE_FULL', true]);
      assert.match(error?.fix ?? '', /Free space/);
      const big = 'INSERT INTO af_test_rows VALUES (1, zeroblob(2000000))';
      assert.equal((await refusal(acme.execute(big))).code, 'AF_STORAGE_FULL');
      assert.deepEqual(await storage.query('SELECT COUNT(*) AS n FROM af_test_rows'), [{ n: acknowledged }]);
      assert.deepEqual(await storage.query('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
      execFileSync('mount', ['-o', 'remount,size=16m', disk.folder]);
      await storage.execute('DELETE FROM af_test_rows');
      await acme.execute(big);
      await tenants.create('globex');
    } finally {
      await platform.close();
      disk.unmount();
    }
  });

  it('lets a tenant be erased', async function () {
    const disk = mountSmallDisk();
    if (disk === undefined) this.skip();
    const platform = await openTestPlatform({
      file: join(disk.folder, 'test.db'),
      tenantsFolder: join(disk.folder, 'tenants'),
    });
    const { tenants } = platform;
    try {
      await tenants.create('acme');
      const acme = await tenants.tenant('acme');
      await acme.execute('CREATE TABLE af_test_rows (body BLOB)');
      const add = 'INSERT INTO af_test_rows VALUES (zeroblob(20000))';
      await refusal(
        (async () => {
          for (let n = 0; n < 1000; n++) await acme.execute(add);
        })(),
      );
      assert.equal(
        (await refusal(tenants.create('globex').then(() => tenants.create('initech')))).code,
        'AF_STORAGE_FULL',
      );
      await tenants.erase('acme');
      await tenants.create('initech');
      assert.ok((await tenants.list()).includes('initech'));
    } finally {
      await platform.close();
      disk.unmount();
    }
  });
});

describe('a clock that goes backwards', () => {
  it('changes neither the order of migrations nor what the database takes for now', async () => {
    const { storage, close } = await openTestStorage();
    const real = Date.now;
    const first: Migration = { version: 1, name: 'a', up: 'CREATE TABLE af_test_a (id INTEGER)', down: '' };
    const second: Migration = { version: 2, name: 'b', up: 'CREATE TABLE af_test_b (id INTEGER)', down: '' };
    try {
      await storage.migrate('test', [first]);
      Date.now = () => real() - 3_600_000;
      await storage.migrate('test', [first, second]);
      const [row] = await storage.query<{ now: number }>(`SELECT ${databaseNow('sqlite')} AS now`);
      assert.ok((row?.now ?? 0) > real() - 60_000, 'leases are not measured by the clock of the process');
    } finally {
      Date.now = real;
    }
    await storage.migrate('test', [first, second]);
    await close();
  });
});

describe('a migration', () => {
  const rows: Migration = {
    version: 1,
    name: 'create-rows',
    up: 'CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY)',
    down: 'DROP TABLE af_test_rows',
  };
  const more: Migration = {
    version: 2,
    name: 'add-more',
    up: 'ALTER TABLE af_test_rows ADD COLUMN more TEXT',
    down: 'ALTER TABLE af_test_rows DROP COLUMN more',
  };

  it('that was applied to some tenants when the process died is applied to the rest', async () => {
    const { tenants, file, another, ledger, close } = await openTestPlatform();
    await tenants.migrate('test', [rows]);
    for (const id of ['a', 'b', 'c']) await tenants.create(id);
    await tenants.migrate('test', [rows, more]);
    // As it stands when the process dies after the first tenant.
    for (const id of ['b', 'c']) {
      const tenant = await tenants.tenant(id);
      await tenant.execute(more.down);
      await tenant.execute('DELETE FROM af_storage_sqlite_migrations WHERE version = 2');
      await tenant.query('PRAGMA user_version = 1');
    }
    const platform = new Database(file);
    platform.exec("UPDATE af_storage_sqlite_migrations SET state = 'pending' WHERE version = 2");
    platform.close();
    assert.deepEqual((await ledger.applied()).length, 1);
    const later = (await another()).tenants;
    await later.migrate('test', [rows, more]);
    for (const id of ['a', 'b', 'c']) await (await later.tenant(id)).query('SELECT more FROM af_test_rows');
    assert.deepEqual((await ledger.applied()).length, 2);
    await close();
  });

  it('that is taken back from some tenants when the process dies is taken back from the rest', async () => {
    const { tenants, file, another, ledger, close } = await openTestPlatform();
    await tenants.migrate('test', [rows, more]);
    for (const id of ['a', 'b']) await tenants.create(id);
    const a = await tenants.tenant('a');
    await a.execute(more.down);
    await a.execute('DELETE FROM af_storage_sqlite_migrations WHERE version = 2');
    const platform = new Database(file);
    platform.exec("UPDATE af_storage_sqlite_migrations SET state = 'undoing' WHERE version = 2");
    platform.close();
    assert.equal((await ledger.applied()).length, 1);
    const later = await another();
    const undone = await later.ledger.rollback('test', { scope: 'tenant', to: 1 });
    assert.deepEqual(
      undone.map(({ version }) => version),
      [2],
    );
    for (const id of ['a', 'b', 'default']) {
      const tenant = await later.tenants.tenant(id);
      assert.deepEqual(await tenant.query('SELECT * FROM af_test_rows'), []);
      assert.equal(
        (await refusal(tenant.query('SELECT more FROM af_test_rows'))).code,
        'AF_STORAGE_STATEMENT_INVALID',
      );
    }
    await close();
  });

  it('that was edited is refused for a tenant file from elsewhere too', async () => {
    const { tenants, tenantsFolder, another, close } = await openTestPlatform();
    const elsewhere = await openTestPlatform();
    await elsewhere.tenants.migrate('test', [
      { ...rows, up: 'CREATE TABLE af_test_rows (id TEXT PRIMARY KEY)' },
    ]);
    await elsewhere.tenants.create('acme');
    await tenants.migrate('test', [rows]);
    await tenants.create('globex');
    copyFileSync(join(elsewhere.tenantsFolder, 'acme.db'), join(tenantsFolder, 'acme.db'));
    const later = (await another()).tenants;
    const error = await refusal((await later.tenant('acme')).query('SELECT 1'));
    assert.equal(error.code, 'AF_STORAGE_MIGRATION_CHANGED');
    await (await later.tenant('globex')).query('SELECT * FROM af_test_rows');
    await elsewhere.close();
    await close();
  });
});

describe('durability', () => {
  it('is what was configured, unless a batch asks for another', async () => {
    const { storage, connection, close } = await openTestStorage({ durability: 'fsync' });
    const level = (): unknown => connection.database.pragma('synchronous', { simple: true });
    await storage.execute('CREATE TABLE af_test_rows (id INTEGER)');
    assert.equal(level(), 2);
    const insert = [{ sql: 'INSERT INTO af_test_rows VALUES (1)' }];
    await storage.batch(insert, { durability: 'os-buffered' });
    assert.equal(level(), 1);
    for (const use of [
      () => storage.batch(insert),
      () => storage.execute('DELETE FROM af_test_rows'),
      () => storage.transaction((tx) => tx.execute('DELETE FROM af_test_rows')),
    ]) {
      await storage.batch(insert, { durability: 'os-buffered' });
      await use();
      assert.equal(level(), 2, 'nothing else is written with less than was configured');
    }
    await close();
  });
});

describe('a transfer', () => {
  it('carries the content of search indexes, and makes their words anew', async () => {
    const [from, to] = await Promise.all([openTestPlatform(), openTestPlatform()]);
    const index = await from.textSearch.open('notes');
    await index.replace('a.md', 'f1', [
      { id: 'a1', group: 'a.md', title: 'Storage', text: 'Rows live in tables.', meta: { line: 1 } },
      { id: 'a2', group: 'a.md', title: 'Models', text: 'They answer.', meta: {} },
    ]);
    const names: string[] = [];
    for (let twice = 0; twice < 2; twice++)
      await from.transfer.snapshot(async (snapshot) => {
        for (const table of await snapshot.tables(null)) {
          names.push(`${table.name}(${table.columns.join()};${table.key.join()})`);
          await to.transfer.write(null, table, await snapshot.rows(null, table, { limit: 100 }));
        }
        await to.transfer.finish();
      });
    assert.deepEqual(names.slice(0, 2), [
      'af_text_search_groups_notes(fingerprint,name;name)',
      'af_text_search_passages_notes(group_name,id,meta,text,title;id)',
    ]);
    const moved = await to.textSearch.open('notes');
    const hits = await moved.search('table', { limit: 5 });
    assert.deepEqual(
      hits.map(({ id, meta }) => [id, meta]),
      [['a1', { line: 1 }]],
    );
    await moved.replace('a.md', 'f2', []);
    assert.deepEqual(await moved.search('table', { limit: 5 }), []);
    await Promise.all([from.close(), to.close()]);
  });

  it('says which row refers to nothing, once all are in', async () => {
    const { storage, transfer, close } = await openTestPlatform();
    await storage.migrate('test', [
      {
        version: 1,
        name: 'create-trees',
        up: `CREATE TABLE af_test_parents (id BIGINT PRIMARY KEY);
          CREATE TABLE af_test_children (id BIGINT PRIMARY KEY, parent BIGINT REFERENCES af_test_parents (id))`,
        down: '',
      },
    ]);
    const table = { name: 'af_test_children', columns: ['id', 'parent'], key: ['id'] };
    await transfer.write(null, table, [[1, 7]]);
    const error = await refusal(transfer.finish());
    assert.equal(error.code, 'AF_STORAGE_CONSTRAINT');
    assert.match(error.message, /af_test_children.*af_test_parents/);
    await transfer.write(null, { name: 'af_test_parents', columns: ['id'], key: ['id'] }, [[7]]);
    await transfer.finish();
    await close();
  });
});
