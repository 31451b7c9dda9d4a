import assert from 'node:assert/strict';
import { chmod, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAgentFactoryError, type AgentFactoryError } from '@agent-factory/sdk';
import { openSqliteConnection } from '../src/sqlite-connection.ts';
import { openTestStorage } from './open-test-storage.ts';

const isRoot = process.getuid?.() === 0;

async function refusal(promise: Promise<unknown>): Promise<AgentFactoryError> {
  const error: unknown = await promise.then(
    () => assert.fail('it should have been refused'),
    (reason: unknown) => reason,
  );
  assert.ok(isAgentFactoryError(error), String(error));
  return error;
}

describe('a database file that cannot be used', () => {
  let folder = '';
  const open = (file: string): Promise<unknown> =>
    openSqliteConnection({ file, durability: 'os-buffered', busyTimeoutMs: 20 });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agent-factory-bad-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is named when it is a folder', async () => {
    const file = join(folder, 'folder.db');
    await mkdir(file);
    const error = await refusal(open(file));
    assert.equal(error.code, 'AF_STORAGE_OPEN_FAILED');
    assert.ok(error.message.includes(file) && error.message.includes('folder'), error.message);
  });

  it('is named when a file stands where its folder should be', async () => {
    await writeFile(join(folder, 'file'), '');
    const error = await refusal(open(join(folder, 'file', 'test.db')));
    assert.equal(error.code, 'AF_STORAGE_OPEN_FAILED');
    assert.match(error.message, /ENOTDIR|EEXIST/);
  });

  it('is left as it is when it is no database', async () => {
    const file = join(folder, 'letter.db');
    const text = 'Dear reader, this is no database. '.repeat(100);
    await writeFile(file, text);
    const error = await refusal(open(file));
    assert.equal(error.code, 'AF_STORAGE_CORRUPT');
    assert.ok(error.message.includes(file));
    assert.equal(await readFile(file, 'utf8'), text);
  });

  it('is named when its header is damaged', async () => {
    const { file, close, connection } = await openTestStorage();
    await connection.close();
    const bytes = await readFile(file);
    bytes.fill(0xff, 0, 32);
    await writeFile(file, bytes);
    assert.equal((await refusal(open(file))).code, 'AF_STORAGE_CORRUPT');
    await close();
  });

  it('is named when its folder cannot be written to', async function () {
    let file = '/sys/agent-factory.db'; // where even root may create nothing
    if (!isRoot) {
      const locked = join(folder, 'locked');
      await mkdir(locked, { mode: 0o555 });
      file = join(locked, 'test.db');
    } else if (process.platform !== 'linux') this.skip(); // root may write everywhere else
    const error = await refusal(open(file));
    assert.equal(error.code, 'AF_STORAGE_OPEN_FAILED');
    assert.ok(error.message.includes(file));
  });

  it('is named when it may only be read', async function () {
    if (isRoot) this.skip(); // root may write to files that nobody may write to
    const { file, close, connection } = await openTestStorage();
    await connection.close();
    await chmod(file, 0o444);
    assert.equal((await refusal(open(file))).code, 'AF_STORAGE_READ_ONLY');
    await close();
  });

  it('is named when SQLite itself says that nothing may be written', async () => {
    const { storage, close } = await openTestStorage();
    await storage.query('PRAGMA query_only = 1');
    assert.equal((await refusal(storage.execute('CREATE TABLE t (a)'))).code, 'AF_STORAGE_READ_ONLY');
    await close();
  });
});

describe('a full disk', () => {
  it('fails the write, keeps what was there, and is forgotten when there is room', async () => {
    const { storage, close } = await openTestStorage();
    await storage.execute('CREATE TABLE af_test_rows (id INTEGER PRIMARY KEY, body BLOB)');
    await storage.execute('INSERT INTO af_test_rows (id) VALUES (1)');
    await storage.query('PRAGMA max_page_count = 10'); // SQLite's own limit gives the same SQLITE_FULL
    const big = { sql: 'INSERT INTO af_test_rows VALUES (?, zeroblob(1000000))', params: [2] };
    const uses = [
      storage.execute(big.sql, big.params),
      storage.batch([{ sql: 'INSERT INTO af_test_rows (id) VALUES (3)' }, big]),
      storage.transaction((tx) => tx.execute(big.sql, big.params)),
    ];
    for (const use of uses) {
      const error = await refusal(use);
      assert.deepEqual([error.code, error.retryable], ['AF_STORAGE_FULL', true]);
    }
    assert.deepEqual(await storage.query('SELECT id FROM af_test_rows'), [{ id: 1 }]);
    await storage.query('PRAGMA max_page_count = 100000');
    await storage.execute(big.sql, big.params);
    await close();
  });

  it('lets no later statement of a transaction slip out of it', async () => {
    const { storage, close } = await openTestStorage();
    await storage.execute('CREATE TABLE af_test_rows (id INTEGER PRIMARY KEY, body BLOB)');
    await storage.query('PRAGMA max_page_count = 10');
    const error = await refusal(
      storage.transaction(async (tx) => {
        await tx.execute('INSERT INTO af_test_rows VALUES (1, zeroblob(1000000))').catch(() => undefined);
        await tx.execute('INSERT INTO af_test_rows (id) VALUES (2)');
      }),
    );
    assert.equal(error.code, 'AF_STORAGE_TRANSACTION_OVER');
    assert.deepEqual(await storage.query('SELECT id FROM af_test_rows'), []);
    await close();
  });
});
