import assert from 'node:assert/strict';
import { derivedPart } from '../contracts/derived-tables.ts';
import type { StorageTransfer } from '../contracts/storage-transfer.ts';
import type { Migration } from '../contracts/migration.ts';
import type { Storage } from '../contracts/storage.ts';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { ConformanceCase, ConformanceSuite } from './conformance.ts';
import { casesOn, type OpenStorageHandles, type StorageHandlesFixture } from './storage-handles.ts';
import { addNote, bodies, notes } from './tenant-tables.ts';
import { contentOf, transferEverything } from './transfer-everything.ts';

const kinds = (dialect: Storage['dialect']): Migration => ({
  version: 1,
  name: 'create-kinds',
  up: `CREATE TABLE af_suite_kinds (name TEXT NOT NULL, n BIGINT NOT NULL, amount DOUBLE PRECISION,
      content ${dialect === 'postgres' ? 'BYTEA' : 'BLOB'}, empty TEXT, PRIMARY KEY (name, n));
    CREATE TABLE af_suite_children (id BIGINT PRIMARY KEY, name TEXT NOT NULL, n BIGINT NOT NULL,
      FOREIGN KEY (name, n) REFERENCES af_suite_kinds (name, n));
    CREATE TABLE af_suite_bare (id TEXT PRIMARY KEY)`,
  down: 'DROP TABLE af_suite_bare; DROP TABLE af_suite_children; DROP TABLE af_suite_kinds',
});
const words: Migration = {
  version: 1,
  name: 'create-words',
  up: 'CREATE TABLE af_suite_derived_words ({{tenant.column}} word TEXT NOT NULL, PRIMARY KEY ({{tenant.key}} word))',
  down: 'DROP TABLE af_suite_derived_words',
};
const addKind = 'INSERT INTO af_suite_kinds (name, n, amount, content, empty) VALUES (?, ?, ?, ?, ?)';
const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);

/**
 * What every `StorageTransfer` must do. `open` gives an empty database each time; `openTarget` the one that content is
 * moved to, of another engine perhaps.
 */
export function storageTransferSuite(
  open: OpenStorageHandles,
  openTarget: OpenStorageHandles = open,
): ConformanceSuite {
  const on = casesOn(open);
  const prepare = async ({ storage, tenants }: StorageHandlesFixture): Promise<void> => {
    await storage.migrate('suite', [kinds(storage.dialect)]);
    await tenants.migrate('suite', [notes]);
  };
  const fill = async ({ storage, tenants }: StorageHandlesFixture): Promise<void> => {
    await storage.batch([
      { sql: addKind, params: ['a', 1, 1.5, bytes, ''] },
      { sql: addKind, params: ['a', 2n ** 53n + 1n, 5, new Uint8Array(), null] },
      { sql: addKind, params: ['a', -(2n ** 63n), -0.1, null, "it's\n✓ 漢字 😀"] },
      { sql: addKind, params: ['B', 2n ** 63n - 1n, 1e300, null, '{"json":[1,2]}'] },
      { sql: addKind, params: ['ä', 0, null, null, ' '] },
      { sql: addKind, params: ['', 0, 0, null, 'x'.repeat(100_000)] },
      {
        sql: 'INSERT INTO af_suite_children (id, name, n) VALUES (?, ?, ?)',
        params: [1, 'B', 2n ** 63n - 1n],
      },
      ...['z', 'Z', '_', '-', 'é', '😀', 'aa', 'a', '￿'].map((id) => ({
        sql: 'INSERT INTO af_suite_bare (id) VALUES (?)',
        params: [id],
      })),
    ]);
    for (const id of ['acme', 'globex']) {
      await tenants.create(id);
      const tenant = await tenants.tenant(id);
      await tenant.batch(Array.from({ length: 7 }, (_, n) => ({ sql: addNote, params: [n, `${id} ${n}`] })));
      await tenant.execute('INSERT INTO af_suite_replies (id, note_id) VALUES (1, 6)');
    }
  };
  /** A filled database, and one with the same tables and no rows. */
  const withBoth = (
    name: string,
    work: (from: StorageHandlesFixture, to: StorageHandlesFixture) => Promise<void>,
  ): ConformanceCase =>
    on(name, async (from) => {
      const to = await openTarget();
      try {
        for (const each of [from, to]) await prepare(each);
        await fill(from);
        await work(from, to);
      } finally {
        await to.close();
      }
    });
  const contents = (transfer: StorageTransfer): ReturnType<typeof contentOf> => transfer.snapshot(contentOf);

  return [
    withBoth('lists scopes and tables, the same on every engine', async ({ transfer }) => {
      await transfer.snapshot(async (snapshot) => {
        const scopes: (string | null)[] = [];
        for await (const scope of snapshot.scopes()) scopes.push(scope);
        assert.deepEqual(scopes, [null, 'acme', defaultTenant, 'globex']);
        const suite = (await snapshot.tables(null)).filter(({ name }) => name.startsWith('af_suite_'));
        assert.deepEqual(
          suite.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
          [
            { name: 'af_suite_bare', columns: ['id'], key: ['id'] },
            { name: 'af_suite_children', columns: ['id', 'n', 'name'], key: ['id'] },
            {
              name: 'af_suite_kinds',
              columns: ['amount', 'content', 'empty', 'n', 'name'],
              key: ['name', 'n'],
            },
          ],
        );
        const names = suite.map(({ name }) => name);
        assert.ok(names.indexOf('af_suite_kinds') < names.indexOf('af_suite_children'), 'parents come first');
        assert.deepEqual(await snapshot.tables('acme'), [
          { name: 'af_suite_notes', columns: ['body', 'id'], key: ['id'] },
          { name: 'af_suite_replies', columns: ['id', 'note_id'], key: ['id'] },
        ]);
        assert.deepEqual(
          snapshot.schema.filter((entry) => entry.startsWith('suite ')),
          ['suite platform 1 create-kinds', 'suite tenant 1 create-notes'],
        );
      });
    }),
    withBoth('leaves out what is derived, and takes everything else without it', async (from, to) => {
      await from.tenants.migrate(derivedPart('suite', 'words'), [words]);
      const tenant = await from.tenants.tenant('acme');
      await tenant.execute("INSERT INTO af_suite_derived_words (word) VALUES ('one')");
      await from.transfer.snapshot(async (snapshot) => {
        assert.deepEqual(
          (await snapshot.tables('acme')).map(({ name }) => name),
          ['af_suite_notes', 'af_suite_replies'],
        );
        assert.ok(!snapshot.schema.some((entry) => entry.includes('create-words')));
      });
      await transferEverything(from.transfer, to.transfer);
      assert.deepEqual(await contents(to.transfer), await contents(from.transfer));
      await from.ledger.rollback(derivedPart('suite', 'words'), { scope: 'tenant', to: 0 });
    }),
    withBoth(
      'gives rows in the order of their key, texts by their bytes, page by page',
      async ({ transfer }) => {
        await transfer.snapshot(async (snapshot) => {
          const table = (await snapshot.tables(null)).find(({ name }) => name === 'af_suite_bare');
          assert.ok(table);
          const seen: unknown[] = [];
          for (let after: string | undefined; ; after = seen.at(-1) as string) {
            const rows = await snapshot.rows(null, table, {
              limit: 2,
              ...(after !== undefined && { after: [after] }),
            });
            if (rows.length === 0) break;
            seen.push(...rows.flat());
          }
          assert.deepEqual(seen, ['-', 'Z', '_', 'a', 'aa', 'z', 'é', '￿', '😀']);
        });
      },
    ),
    withBoth('moves everything, and nothing is changed on the way', async (from, to) => {
      await transferEverything(from.transfer, to.transfer);
      const moved = await contents(to.transfer);
      assert.deepEqual(moved, await contents(from.transfer));
      assert.ok(Object.values(moved).flat().length > 25, 'something was moved');
      const [row] = await to.storage.query<{ content: Uint8Array; empty: string }>(
        "SELECT content, empty FROM af_suite_kinds WHERE name = 'a' AND n = 1",
      );
      assert.deepEqual(Uint8Array.from(row?.content ?? []), bytes);
      assert.equal(row?.empty, '');
      const exact = "SELECT n, empty FROM af_suite_kinds WHERE name = 'a' AND n > 1";
      assert.deepEqual(await to.storage.query(exact), [{ n: 2n ** 53n + 1n, empty: null }]);
      const acme = await to.tenants.tenant('acme');
      assert.equal((await bodies(acme)).length, 7);
      await acme.execute(addNote, [99, 'and it goes on']);
    }),
    withBoth('may write the same rows again, and the newer ones win', async (from, to) => {
      await transferEverything(from.transfer, to.transfer);
      await from.storage.execute("UPDATE af_suite_kinds SET empty = 'newer' WHERE name = 'B'");
      await (
        await from.tenants.tenant('acme')
      ).execute("UPDATE af_suite_notes SET body = 'newer' WHERE id = 3");
      await transferEverything(from.transfer, to.transfer);
      assert.deepEqual(await contents(to.transfer), await contents(from.transfer));
    }),
    withBoth('shows one moment, whatever others write meanwhile', async (from) => {
      const { storage, tenants, transfer } = from;
      const before = await contents(transfer);
      await transfer.snapshot(async (snapshot) => {
        await storage.execute(addKind, ['later', 1, null, null, null]);
        await storage.execute("UPDATE af_suite_kinds SET empty = 'later'");
        const acme = await tenants.tenant('acme');
        await acme.execute(addNote, [100, 'later']);
        await acme.execute('DELETE FROM af_suite_replies');
        assert.deepEqual(await contentOf(snapshot), before);
        await storage.execute(addKind, ['later', 2, null, null, null]);
        assert.deepEqual(await contentOf(snapshot), before);
      });
      assert.notDeepEqual(await contents(transfer), before);
    }),
    withBoth('ends the snapshot with its work, also when that fails', async ({ transfer, storage }) => {
      const mine = new Error('stop');
      await assert.rejects(
        transfer.snapshot(() => Promise.reject(mine)),
        (error) => error === mine,
      );
      await storage.execute(addKind, ['later', 1, null, null, null]);
      const content = JSON.stringify(await contents(transfer));
      assert.match(content, /later/);
    }),
    withBoth('clears a table, of one scope alone', async (from) => {
      const { transfer, tenants } = from;
      await transfer.snapshot(async (snapshot) => {
        const tables = await snapshot.tables('acme');
        for (const table of tables.toReversed()) await transfer.clear('acme', table);
      });
      assert.deepEqual(await bodies(await tenants.tenant('acme')), []);
      assert.equal((await bodies(await tenants.tenant('globex'))).length, 7);
    }),
    withBoth('makes a tenant that is missing, and writes nothing when there is nothing', async (from, to) => {
      await from.transfer.snapshot(async (snapshot) => {
        const [table] = await snapshot.tables('acme');
        assert.ok(table);
        await to.transfer.write('acme', table, []);
        await to.transfer.write('acme', table, await snapshot.rows('acme', table, { limit: 100 }));
      });
      assert.equal((await bodies(await to.tenants.tenant('acme'))).length, 7);
    }),
  ];
}
