import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SqlValue } from '@agent-factory/sdk/contracts';
import { createPreparedNames } from '../src/prepared-names.ts';
import { createSqlTexts, platformRules } from '../src/sql-text.ts';
import { openTestStorage } from './open-test-storage.ts';
import { refusal } from './refusal.ts';

describe('a statement for PostgreSQL', () => {
  const texts = createSqlTexts(platformRules);
  const cases: readonly (readonly [sql: string, text: string, params: number])[] = [
    ['SELECT ?, ?', 'SELECT $1, $2', 2],
    [`SELECT '?', "?", ? -- ?\n, ?`, `SELECT '?', "?", $1 -- ?\n, $2`, 2],
    [`SELECT 'it''s ?', E'it\\'s ?', ?`, `SELECT 'it''s ?', E'it\\'s ?', $1`, 1],
    ['SELECT /* ? /* ? */ ? */ ?', 'SELECT /* ? /* ? */ ? */ $1', 1],
    ['SELECT $$ ? $$, $a$ ? $$ $a$, ?', 'SELECT $$ ? $$, $a$ ? $$ $a$, $1', 1],
    [`SELECT U&'\\003F ?', "a""?", ?`, `SELECT U&'\\003F ?', "a""?", $1`, 1],
    ['SELECT a?b', 'SELECT a $1 b', 1],
    ['SELECT -- ?\r ?', 'SELECT -- ?\r $1', 1],
    [`SELECT E'a' -- x\n '\\' ?', ?`, `SELECT E'a' -- x\n '\\' ?', $1`, 1],
    ['SELECT \u00a0?', 'SELECT \u00a0 $1', 1],
    ['SELECT 1$$ ? $$, ?$$ ? $$', 'SELECT 1$$ ? $$, $1$$ ? $$', 1],
    [`SELECT 'not closed ?`, `SELECT 'not closed $1`, 1],
  ];
  for (const [sql, text, params] of cases)
    it(`is read right: ${JSON.stringify(sql)}`, () => {
      const read = texts.get(sql);
      assert.deepEqual([read.text, read.params], [text, params]);
    });

  it('is kept prepared when it comes again, and only so many are', async () => {
    const { storage, close } = await openTestStorage({ maxConnections: 1 });
    for (let n = 0; n < 600; n++) {
      const sql = `SELECT ${n} AS n`;
      for (let again = 0; again < 2; again++) assert.deepEqual(await storage.query(sql), [{ n }]);
    }
    const [row] = await storage.query<{ n: number }>('SELECT COUNT(*) AS n FROM pg_prepared_statements');
    assert.ok(row && row.n > 100 && row.n <= 257, JSON.stringify(row));
    await close();
  });

  it('is prepared anew when the tables have changed under it', async () => {
    const { storage, another, close } = await openTestStorage();
    const other = (await another()).storage;
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT)');
    await storage.execute('INSERT INTO af_test_rows VALUES (1)');
    const read = 'SELECT * FROM af_test_rows';
    for (let n = 0; n < 3; n++) assert.deepEqual(await other.query(read), [{ id: 1 }]);
    await storage.execute("ALTER TABLE af_test_rows ADD COLUMN name TEXT DEFAULT 'x'");
    assert.deepEqual(await other.query(read), [{ id: 1, name: 'x' }]);
    await storage.execute('ALTER TABLE af_test_rows DROP COLUMN name');
    await other.transaction(async (tx) => assert.deepEqual(await tx.query(read), [{ id: 1 }]));
    await storage.execute('ALTER TABLE af_test_rows ADD COLUMN n BIGINT');
    const late = other.transaction(async (tx) => {
      await tx.query('SELECT 1');
      await tx.query(read);
    });
    const error = await refusal(late);
    assert.deepEqual([error.code, error.retryable], ['AF_STORAGE_LOCKED', true]);
    assert.deepEqual(await other.transaction((tx) => tx.query(read)), [{ id: 1, n: null }]);
    await close();
  });

  it('survives failures of a statement that was being prepared', async () => {
    const { storage, close } = await openTestStorage({ maxConnections: 1 });
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY)');
    const insert = 'INSERT INTO af_test_rows VALUES (?)';
    for (let n = 0; n < 6; n++) await storage.execute(insert, [1]).catch(() => undefined);
    await storage.execute(insert, [2]);
    assert.equal((await storage.query('SELECT id FROM af_test_rows')).length, 2);
    await close();
  });

  it('gives back numbers as numbers, whatever the server calls them', async () => {
    const { storage, close } = await openTestStorage();
    const [row] = await storage.query<Record<string, SqlValue>>(
      `SELECT 1::int2 AS a, 2::int4 AS b, 3::int8 AS c, 1.5::float8 AS d, 0.25::numeric AS e, true AS f, false AS g,
        SUM(x) AS h, AVG(x) AS i, 10::numeric ^ 20 AS j, NULL AS k, '{"a":1}'::json AS l, 'x' AS m
      FROM (VALUES (1::int8), (2::int8)) AS v(x)`,
    );
    assert.deepEqual(row, {
      a: 1,
      b: 2,
      c: 3,
      d: 1.5,
      e: 0.25,
      f: 1,
      g: 0,
      h: 3,
      i: 1.5,
      j: 10n ** 20n,
      k: null,
      l: '{"a":1}',
      m: 'x',
    });
    await close();
  });

  it('takes no zero character, which the server could not hold', async () => {
    const { storage, close } = await openTestStorage();
    assert.equal((await refusal(storage.query('SELECT ?', ['a\0b']))).code, 'AF_STORAGE_PARAMETER_INVALID');
    assert.equal((await refusal(storage.query("SELECT 'a\0b'"))).code, 'AF_STORAGE_STATEMENT_INVALID');
    await close();
  });

  it('changes nothing of a connection for whoever has it next', async () => {
    const { storage, close } = await openTestStorage({ maxConnections: 1 });
    for (const sql of [
      'SET search_path = x',
      'RESET ALL',
      'LISTEN x',
      'PREPARE x AS SELECT 1',
      'DISCARD ALL',
      'COPY x FROM STDIN',
      "SELECT set_config('search_path', 'nowhere', false)",
      `SELECT "set_config"('af.tenant', 'acme', true)`,
      `SELECT U&"set\\005fconfig"('af.tenant', 'acme', true)`,
      'SELECT pg_catalog.pg_advisory_lock(42)',
      'SELECT pg_try_advisory_lock_shared(42)',
      'SELECT pg_advisory_unlock_all()',
      "DO $$ BEGIN PERFORM set_config('search_path', 'nowhere', false); END $$",
      'CREATE TEMP TABLE mine (id BIGINT)',
      'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
    ])
      assert.equal((await refusal(storage.execute(sql))).code, 'AF_STORAGE_STATEMENT_INVALID', sql);
    assert.equal((await refusal(storage.query('SELECT $1'))).code, 'AF_STORAGE_STATEMENT_INVALID');
    assert.equal((await refusal(storage.query(' -- nothing'))).code, 'AF_STORAGE_STATEMENT_INVALID');
    assert.equal((await refusal(storage.query('SELECT 1; SELECT 2'))).code, 'AF_STORAGE_STATEMENT_INVALID');
    await close();
  });
});

describe('what a connection has prepared', () => {
  it('makes room by what is in doubt first, and keeps what is in use', () => {
    const names = createPreparedNames();
    const prepare = (name: string): readonly string[] => {
      const closed = names.toClose(name);
      names.doubt(name);
      names.keep(name, []);
      return closed;
    };
    for (let n = 0; n < 300; n++) prepare(`s${n}`);
    names.doubtAll();
    let prepared = 0;
    for (let n = 0; n < 100; n++)
      for (const name of ['a', 'b'])
        if (!names.has(name)) {
          assert.ok(prepare(name).includes(name));
          prepared++;
        }
    assert.equal(prepared, 2);
  });
});

describe('a migration on PostgreSQL', () => {
  it('changes nothing of its connection', async () => {
    const { storage, close } = await openTestStorage({ maxConnections: 1 });
    const facts = "SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS ms";
    const before = await storage.query(facts);
    for (const up of [
      'SET lock_timeout = 1; CREATE TABLE af_test_rows (id BIGINT)',
      'SET search_path = pg_catalog',
      'SET LOCAL search_path = pg_catalog',
      'RESET ALL',
      'DISCARD ALL',
      "SELECT set_config('lock_timeout', '1', false)",
    ])
      for (const transactional of [true, false]) {
        const migration = { version: 1, name: 'set', up, down: '', transactional };
        const error = await refusal(storage.migrate('test', [migration]));
        assert.equal(error.code, 'AF_STORAGE_MIGRATION_FAILED', up);
      }
    const up =
      "SET LOCAL lock_timeout = '1s'; DO $$ BEGIN PERFORM set_config('lock_timeout', '1', false); END $$";
    await storage.migrate('test', [{ version: 1, name: 'hidden', up, down: '' }]);
    assert.deepEqual(await storage.query(facts), before);
    await close();
  });
});

describe('a batch for PostgreSQL', () => {
  const insert = 'INSERT INTO af_test_rows (id, name) VALUES (?, ?)';

  it('adds many rows at once, and each of them', async () => {
    const { storage, close } = await openTestStorage();
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY, name TEXT)');
    for (const count of [1, 3, 4, 5, 16, 17, 63, 255, 257, 700]) {
      await storage.execute('DELETE FROM af_test_rows');
      await storage.batch(
        Array.from({ length: count }, (_, id) => ({ sql: insert, params: [id, `?'$1 ${id}`], changes: 1 })),
      );
      const rows = await storage.query<{ id: number; name: string }>(
        'SELECT * FROM af_test_rows ORDER BY id',
      );
      assert.equal(rows.length, count);
      assert.ok(rows.every(({ id, name }, index) => id === index && name === `?'$1 ${id}`));
    }
    await close();
  });

  it('keeps to the order where a statement looks at what those before it wrote', async () => {
    const { storage, close } = await openTestStorage();
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY, name TEXT)');
    const next =
      'INSERT INTO af_test_rows (id, name) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM af_test_rows), ?)';
    await storage.batch(Array.from({ length: 20 }, () => ({ sql: next, params: ['x'], changes: 1 })));
    const upsert = `${insert} ON CONFLICT (id) DO UPDATE SET name = af_test_rows.name || EXCLUDED.name`;
    await storage.batch(Array.from({ length: 20 }, () => ({ sql: upsert, params: [1, 'y'] })));
    assert.deepEqual(
      await storage.query('SELECT COUNT(*) AS n, MAX(id) AS last, MAX(name) AS name FROM af_test_rows'),
      [{ n: 20, last: 20, name: `x${'y'.repeat(20)}` }],
    );
    await close();
  });

  it('counts rows that were passed over, for each guard', async () => {
    const { storage, close } = await openTestStorage();
    await storage.execute('CREATE TABLE af_test_rows (id BIGINT PRIMARY KEY, name TEXT)');
    const skip = `${insert} ON CONFLICT DO NOTHING`;
    const rows = [1, 2, 3, 4, 3, 5].map((id) => ({ sql: skip, params: [id, 'x'] }));
    const error = await refusal(storage.batch(rows.map((each) => ({ ...each, changes: 1 }))));
    assert.deepEqual(
      [error.code, error.details['index'], error.details['found']],
      ['AF_STORAGE_GUARD_FAILED', 5, 0],
    );
    await storage.batch(rows);
    assert.equal((await storage.query('SELECT id FROM af_test_rows')).length, 5);
    await close();
  });

  it('has its own durability', async () => {
    const { storage, another, close } = await openTestStorage();
    const buffered = await openTestStorage({ durability: 'os-buffered' });
    const level = "INSERT INTO af_test_levels VALUES (current_setting('synchronous_commit'))";
    for (const { storage: each } of [{ storage }, buffered]) {
      await each.execute('CREATE TABLE af_test_levels (level TEXT)');
      for (const durability of [undefined, 'fsync', 'os-buffered'] as const)
        await each.batch([{ sql: level }], durability ? { durability } : {});
    }
    const levels = 'SELECT level FROM af_test_levels ORDER BY ctid';
    const of = async (each: typeof storage): Promise<unknown> =>
      (await each.query<{ level: string }>(levels)).map((row) => row.level);
    assert.deepEqual(await of((await another()).storage), ['on', 'on', 'off']);
    assert.deepEqual(await of(buffered.storage), ['off', 'on', 'off']);
    await buffered.close();
    await close();
  });
});

describe('two processes', () => {
  it('migrate a new database once when they start together', async function () {
    this.timeout(30_000);
    const { url, ledger, close } = await openTestStorage();
    const children = [1, 2].map(() =>
      spawn(process.execPath, [
        '--conditions=@agent-factory/source',
        join(import.meta.dirname, 'fixtures', 'migrate.ts'),
        url,
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
    assert.equal((await ledger.applied()).length, 20);
    await close();
  });
});
