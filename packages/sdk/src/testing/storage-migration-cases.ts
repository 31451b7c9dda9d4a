import assert from 'node:assert/strict';
import type { Migration } from '../contracts/migration.ts';
import type { Storage } from '../contracts/storage.ts';
import type { ConformanceCase, ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** A first migration for cases. */
export const things: Migration = {
  version: 1,
  name: 'create-things',
  up: 'CREATE TABLE af_suite_things (id BIGINT PRIMARY KEY, name TEXT NOT NULL, amount DOUBLE PRECISION, UNIQUE (name))',
  down: 'DROP TABLE af_suite_things',
};
/** A second one. */
export const colours: Migration = {
  version: 2,
  name: 'add-colour',
  up: "ALTER TABLE af_suite_things ADD COLUMN colour TEXT; UPDATE af_suite_things SET colour = 'grey'",
  down: 'ALTER TABLE af_suite_things DROP COLUMN colour',
};
/** Adds a row to the table of {@link things}. */
export const insert: string = 'INSERT INTO af_suite_things (id, name) VALUES (?, ?)';

/** Declares a case on an empty database. */
type On = (
  name: string,
  work: (storage: Storage, fixture: { another(): Promise<Storage> }) => Promise<void>,
) => ConformanceCase;

/** What every storage must do with migrations. */
export function migrationCases(on: On): ConformanceSuite {
  return [
    on('applies each migration once, and the new ones later', async (storage) => {
      await storage.migrate('suite', [things]);
      await storage.execute(insert, [1, 'one']);
      await storage.migrate('suite', [things]);
      assert.deepEqual(await storage.query('SELECT * FROM af_suite_things'), [
        { id: 1, name: 'one', amount: null },
      ]);
      await storage.migrate('suite', [things, colours]);
      assert.deepEqual(await storage.query('SELECT * FROM af_suite_things'), [
        { id: 1, name: 'one', amount: null, colour: 'grey' },
      ]);
    }),
    on('accepts tables that a newer version of the plugin has moved forward', async (storage) => {
      await storage.migrate('suite', [things, colours]);
      await storage.migrate('suite', [things]);
      assert.equal((await storage.query('SELECT colour FROM af_suite_things')).length, 0);
    }),
    on('refuses a migration that was edited after it was applied', async (storage) => {
      await storage.migrate('suite', [things]);
      for (const edited of [
        { ...things, up: `${things.up} ` },
        { ...things, down: 'SELECT 1' },
      ])
        await rejectsWith(storage.migrate('suite', [edited, colours]), 'AF_STORAGE_MIGRATION_CHANGED');
      await storage.migrate('another', [{ ...things, up: 'CREATE TABLE af_another_things (id BIGINT)' }]);
    }),
    on('refuses migrations out of order or with gaps', async (storage) => {
      for (const list of [
        [colours],
        [colours, things],
        [things, { ...colours, version: 3 }],
        [things, things],
      ])
        await rejectsWith(storage.migrate('suite', list), 'AF_STORAGE_MIGRATION_ORDER');
      await storage.migrate('suite', []);
    }),
    on('leaves nothing of a migration that fails, and keeps those before', async (storage) => {
      const broken = {
        ...colours,
        up: 'CREATE TABLE af_suite_half (id BIGINT); INSERT INTO af_suite_nowhere VALUES (1)',
      };
      await rejectsWith(storage.migrate('suite', [things, broken]), 'AF_STORAGE_MIGRATION_FAILED');
      await rejectsWith(storage.query('SELECT * FROM af_suite_half'), 'AF_STORAGE_STATEMENT_INVALID');
      await storage.execute(insert, [1, 'one']);
      await storage.migrate('suite', [things, colours]);
    }),
    on('lets two handles migrate at once', async (storage, { another }) => {
      const other = await another();
      await Promise.all([storage, other].map((each) => each.migrate('suite', [things, colours])));
      await other.execute(insert, [1, 'one']);
    }),
  ];
}
