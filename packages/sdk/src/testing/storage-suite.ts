import assert from 'node:assert/strict';
import { databaseNow, type SqlValue, type Storage } from '../contracts/storage.ts';
import { onFixture, type ConformanceCase, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';
import { lockCases } from './storage-lock-cases.ts';
import { colours, insert, migrationCases, things } from './storage-migration-cases.ts';

/** One empty database for one case. */
export interface StorageFixture {
  readonly storage: Storage;
  /** Another handle on the same database, as a second process would have; closed with the fixture. */
  another(): Promise<Storage>;
  /** Closes every handle and removes the database. */
  close(): Promise<void>;
}

/**
 * What every {@link Storage} must do. `open` gives an empty database each time.
 *
 * @example
 * ```ts
 * declare function openEmptyDatabase(): Promise<StorageFixture>;
 * declare function it(name: string, run: () => Promise<void>): void;
 * for (const { name, run } of storageSuite(openEmptyDatabase)) it(name, run);
 * ```
 */
export function storageSuite(open: () => Promise<StorageFixture>): ConformanceSuite {
  const given = onFixture(open);
  const on = (
    name: string,
    work: (storage: Storage, fixture: StorageFixture) => Promise<void>,
  ): ConformanceCase => given(name, (fixture) => work(fixture.storage, fixture));
  const withThings = (
    name: string,
    work: (storage: Storage, fixture: StorageFixture) => Promise<void>,
  ): ConformanceCase =>
    on(name, async (storage, fixture) => {
      await storage.migrate('suite', [things]);
      await work(storage, fixture);
    });

  return [
    withThings('gives rows back as they were written', async (storage) => {
      const { changes } = await storage.execute(insert, [1, "it's ✓\nnew"]);
      assert.equal(changes, 1);
      await storage.execute('UPDATE af_suite_things SET amount = ? WHERE id = ?', [1.5, 1]);
      assert.deepEqual(await storage.query('SELECT id, name, amount FROM af_suite_things'), [
        { id: 1, name: "it's ✓\nnew", amount: 1.5 },
      ]);
      assert.deepEqual(await storage.query('SELECT COUNT(*) AS n FROM af_suite_things'), [{ n: 1 }]);
    }),
    withThings('says how many rows a statement changed', async (storage) => {
      await storage.batch([1, 2, 3].map((id) => ({ sql: insert, params: [id, `t${id}`] })));
      const update = await storage.execute('UPDATE af_suite_things SET amount = ? WHERE id > ?', [2, 1]);
      assert.equal(update.changes, 2);
      const none = await storage.execute('DELETE FROM af_suite_things WHERE id = ?', [9]);
      assert.equal(none.changes, 0);
    }),
    withThings('keeps null apart from the empty text', async (storage) => {
      await storage.execute('INSERT INTO af_suite_things (id, name, amount) VALUES (?, ?, ?)', [1, '', null]);
      assert.deepEqual(await storage.query('SELECT name, amount FROM af_suite_things'), [
        { name: '', amount: null },
      ]);
    }),
    on('keeps bytes', async (storage) => {
      const type = storage.dialect === 'postgres' ? 'BYTEA' : 'BLOB';
      const up = `CREATE TABLE af_suite_bytes (content ${type})`;
      await storage.migrate('suite', [
        { version: 1, name: 'create-bytes', up, down: 'DROP TABLE af_suite_bytes' },
      ]);
      const content = new Uint8Array([0, 255, 10, 39]);
      await storage.execute('INSERT INTO af_suite_bytes VALUES (?)', [content]);
      const [row] = await storage.query<{ content: Uint8Array }>('SELECT content FROM af_suite_bytes');
      assert.deepEqual(Uint8Array.from(row?.content ?? []), content);
    }),
    withThings('never rounds an integer', async (storage) => {
      for (const id of [2 ** 53 - 1, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
        await storage.execute('DELETE FROM af_suite_things');
        await storage.execute(insert, [id, 'big']);
        assert.deepEqual(await storage.query('SELECT id FROM af_suite_things'), [{ id }]);
      }
      await storage.execute(insert, [7n, 'small']);
      const rows = await storage.query<{ id: SqlValue }>('SELECT id FROM af_suite_things ORDER BY id');
      assert.deepEqual(rows, [{ id: -(2n ** 63n) }, { id: 7 }]);
      await rejectsWith(storage.execute(insert, [2 ** 53 + 2, 'rounded']), 'AF_STORAGE_PARAMETER_INVALID');
    }),
    withThings('refuses values that engines treat differently, and says which', async (storage) => {
      for (const value of [true, new Date(0), undefined, NaN, Infinity, {}, [], 2n ** 63n]) {
        // What the types forbid is what this case is about.
        const params = [1, value as SqlValue];
        const error = await rejectsWith(storage.execute(insert, params), 'AF_STORAGE_PARAMETER_INVALID');
        assert.match(error.message, /\b2\b/, 'names the second parameter');
        await rejectsWith(storage.batch([{ sql: insert, params }]), 'AF_STORAGE_PARAMETER_INVALID');
        await rejectsWith(storage.query('SELECT ?, ?', params), 'AF_STORAGE_PARAMETER_INVALID');
      }
      assert.deepEqual(await storage.query('SELECT id FROM af_suite_things'), []);
    }),
    withThings('refuses a statement that is wrong, and goes on', async (storage) => {
      await rejectsWith(storage.query('SELEC 1'), 'AF_STORAGE_STATEMENT_INVALID');
      await rejectsWith(storage.query('SELECT * FROM af_suite_missing'), 'AF_STORAGE_STATEMENT_INVALID');
      await rejectsWith(storage.execute(insert, [1]), 'AF_STORAGE_STATEMENT_INVALID');
      await rejectsWith(storage.execute(insert, [1, 'a', 'b']), 'AF_STORAGE_STATEMENT_INVALID');
      await rejectsWith(storage.execute('BEGIN'), 'AF_STORAGE_STATEMENT_INVALID');
      await rejectsWith(storage.execute('/* now */ commit'), 'AF_STORAGE_STATEMENT_INVALID');
      await storage.execute(insert, [1, 'fine']);
    }),
    withThings('names a constraint that refused a change', async (storage) => {
      await storage.execute(insert, [1, 'one']);
      await rejectsWith(storage.execute(insert, [1, 'other']), 'AF_STORAGE_CONSTRAINT');
      await rejectsWith(storage.execute(insert, [2, null]), 'AF_STORAGE_CONSTRAINT');
    }),
    withThings('runs a batch whole or not at all', async (storage) => {
      await storage.batch([]);
      await storage.batch([
        { sql: insert, params: [1, 'one'] },
        { sql: 'UPDATE af_suite_things SET name = ? WHERE id = ?', params: ['first', 1], changes: 1 },
      ]);
      const clash = [2, 3, 1, 4].map((id) => ({ sql: insert, params: [id, `t${id}`] }));
      await rejectsWith(storage.batch(clash), 'AF_STORAGE_CONSTRAINT');
      assert.deepEqual(await storage.query('SELECT id, name FROM af_suite_things'), [
        { id: 1, name: 'first' },
      ]);
    }),
    withThings('undoes a batch whose guard fails', async (storage) => {
      await storage.execute(insert, [1, 'one']);
      const batch = storage.batch([
        { sql: insert, params: [2, 'two'] },
        { sql: 'UPDATE af_suite_things SET name = ? WHERE name = ?', params: ['x', 'absent'], changes: 1 },
      ]);
      const { details } = await rejectsWith(batch, 'AF_STORAGE_GUARD_FAILED');
      assert.deepEqual([details['index'], details['found'], details['expected']], [2, 0, 1]);
      assert.deepEqual(await storage.query('SELECT id FROM af_suite_things'), [{ id: 1 }]);
    }),
    withThings('takes a durability for each batch', async (storage, { another }) => {
      const levels = ['fsync', undefined, 'os-buffered', 'fsync', 'os-buffered'] as const;
      for (const [id, durability] of levels.entries()) {
        const options = durability === undefined ? {} : { durability };
        await storage.batch([{ sql: insert, params: [id, `t${id}`] }], options);
      }
      const clash = [{ sql: insert, params: [1, 'again'] }];
      await rejectsWith(storage.batch(clash, { durability: 'fsync' }), 'AF_STORAGE_CONSTRAINT');
      await storage.batch([], { durability: 'fsync' });
      const rows = await (await another()).query('SELECT id FROM af_suite_things');
      assert.equal(rows.length, levels.length);
    }),
    on('tells the time by its own clock, in whole milliseconds', async (storage) => {
      const now = async (): Promise<number> => {
        const [row] = await storage.query<{ now: number }>(`SELECT ${databaseNow(storage.dialect)} AS now`);
        return row?.now ?? 0;
      };
      const [first, second] = [await now(), await now()];
      assert.ok(Number.isSafeInteger(first) && first > Date.UTC(2020, 0), String(first));
      assert.ok(second >= first);
    }),
    withThings('commits a transaction that resolves, with its value', async (storage) => {
      const value = await storage.transaction(async (tx) => {
        await tx.execute(insert, [1, 'one']);
        const [row] = await tx.query<{ name: string }>('SELECT name FROM af_suite_things WHERE id = ?', [1]);
        return row?.name;
      });
      assert.equal(value, 'one');
      assert.equal((await storage.query('SELECT id FROM af_suite_things')).length, 1);
    }),
    withThings('rolls a transaction back that throws, with the error unchanged', async (storage) => {
      const mine = new Error('changed my mind');
      const failed = storage.transaction(async (tx) => {
        await tx.execute(insert, [1, 'one']);
        throw mine;
      });
      await assert.rejects(failed, (error) => error === mine);
      assert.deepEqual(await storage.query('SELECT id FROM af_suite_things'), []);
    }),
    withThings('keeps statements from elsewhere out of a transaction, and in order', async (storage) => {
      const { promise: started, resolve: start } = Promise.withResolvers<void>();
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      const rolledBack = storage.transaction(async (tx) => {
        await tx.execute(insert, [1, 'inside']);
        start();
        await ended;
        throw new Error('roll back');
      });
      await started;
      const outside = storage.execute(insert, [2, 'outside']);
      const after = storage.query('SELECT id FROM af_suite_things ORDER BY id');
      const batch = storage.batch([{ sql: insert, params: [3, 'batch'] }]);
      end();
      await assert.rejects(rolledBack, /roll back/);
      await Promise.all([outside, batch]);
      assert.deepEqual(
        (await after).filter((row) => 'id' in row && row.id === 1),
        [],
        'nobody sees what was rolled back',
      );
      assert.deepEqual(await storage.query('SELECT id FROM af_suite_things ORDER BY id'), [
        { id: 2 },
        { id: 3 },
      ]);
    }),
    withThings('runs transactions that come together one after another', async (storage) => {
      await storage.execute('INSERT INTO af_suite_things (id, name, amount) VALUES (?, ?, ?)', [1, 'sum', 0]);
      const addOne = (): Promise<void> =>
        storage.transaction(async (tx) => {
          const [row] = await tx.query<{ amount: number }>(
            'SELECT amount FROM af_suite_things WHERE id = ?',
            [1],
          );
          await new Promise((resolve) => setImmediate(resolve));
          await tx.execute('UPDATE af_suite_things SET amount = ? WHERE id = ?', [(row?.amount ?? 0) + 1, 1]);
        });
      const results = await Promise.allSettled(Array.from({ length: 10 }, addOne));
      const done = results.filter(({ status }) => status === 'fulfilled').length;
      assert.deepEqual(await storage.query('SELECT amount FROM af_suite_things'), [{ amount: done }]);
      assert.ok(done > 0);
    }),
    withThings(
      'refuses the storage inside its own transaction instead of waiting for ever',
      async (storage) => {
        const uses: readonly (() => Promise<unknown>)[] = [
          () => storage.query('SELECT 1'),
          () => storage.execute(insert, [1, 'one']),
          () => storage.batch([{ sql: insert, params: [1, 'one'] }]),
          () => storage.transaction(async () => undefined),
          () => storage.migrate('suite', [things, colours]),
        ];
        for (const use of uses) await rejectsWith(storage.transaction(use), 'AF_STORAGE_NESTED');
        await storage.execute(insert, [1, 'works again']);
      },
    ),
    withThings('refuses a handle whose transaction is over', async (storage) => {
      const tx = await storage.transaction(async (handle) => handle);
      await rejectsWith(tx.execute(insert, [1, 'late']), 'AF_STORAGE_TRANSACTION_OVER');
      await rejectsWith(tx.query('SELECT 1'), 'AF_STORAGE_TRANSACTION_OVER');
    }),
    withThings('shows what it committed to others', async (storage, { another }) => {
      const other = await another();
      await storage.execute(insert, [1, 'one']);
      assert.deepEqual(await other.query('SELECT id FROM af_suite_things'), [{ id: 1 }]);
    }),
    ...lockCases(withThings),
    ...migrationCases(on),
  ];
}
