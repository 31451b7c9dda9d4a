import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMigrations } from '../contracts/migration.ts';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';
import type { OnStorageHandles } from './storage-handles.ts';
import { things } from './storage-migration-cases.ts';
import { addNote, bodies, notes, pins } from './tenant-tables.ts';

/** What every tenant storage must do with migrations. */
export function tenantMigrationCases(on: OnStorageHandles): ConformanceSuite {
  return [
    on('migrates every tenant there is and every one to come', async ({ tenants }) => {
      await tenants.create('before');
      await tenants.migrate('suite', [notes]);
      await tenants.create('between');
      for (const id of [defaultTenant, 'before', 'between'])
        await (await tenants.tenant(id)).execute(addNote, [1, `of ${id}`]);
      await tenants.migrate('suite', [notes]);
      await tenants.migrate('suite', [notes, pins]);
      await tenants.create('after');
      for (const id of [defaultTenant, 'before', 'between']) {
        const rows = await (await tenants.tenant(id)).query('SELECT id, body, pinned FROM af_suite_notes');
        assert.deepEqual(rows, [{ id: 1, body: `of ${id}`, pinned: 0 }]);
      }
      assert.deepEqual(await (await tenants.tenant('after')).query('SELECT pinned FROM af_suite_notes'), []);
    }),
    on('gives the tables to tenants that another process created before', async ({ tenants, another }) => {
      const other = (await another()).tenants;
      await other.create('acme');
      const theirs = await other.tenant('acme');
      await tenants.migrate('suite', [notes]);
      await theirs.execute(addNote, [1, 'one']);
      await other.create('globex');
      assert.deepEqual(await bodies(await tenants.tenant('globex')), []);
    }),
    on('accepts tenant tables that a newer version of the plugin has moved forward', async ({ tenants }) => {
      await tenants.migrate('suite', [notes, pins]);
      await tenants.migrate('suite', [notes]);
      await (await tenants.tenant(defaultTenant)).execute(addNote, [1, 'one']);
    }),
    on('refuses a tenant migration that was edited after it was applied', async ({ tenants }) => {
      await tenants.create('acme');
      await tenants.migrate('suite', [notes]);
      for (const edited of [
        { ...notes, up: `${notes.up} ` },
        { ...notes, down: 'SELECT 1' },
      ])
        await rejectsWith(tenants.migrate('suite', [edited, pins]), 'AF_STORAGE_MIGRATION_CHANGED');
      await tenants.migrate('suite', [notes, pins]);
    }),
    on('refuses tenant migrations out of order or with gaps', async ({ tenants }) => {
      for (const list of [[pins], [pins, notes], [notes, { ...pins, version: 3 }], [notes, notes]])
        await rejectsWith(tenants.migrate('suite', list), 'AF_STORAGE_MIGRATION_ORDER');
      await tenants.migrate('suite', []);
    }),
    on('leaves nothing of a tenant migration that fails, and keeps those before', async ({ tenants }) => {
      await tenants.create('acme');
      const broken = {
        ...pins,
        up: `CREATE TABLE af_suite_half ({{tenant.column}} id BIGINT, PRIMARY KEY ({{tenant.key}} id));
          INSERT INTO af_suite_nowhere VALUES (1)`,
      };
      await rejectsWith(tenants.migrate('suite', [notes, broken]), 'AF_STORAGE_MIGRATION_FAILED');
      await tenants.migrate('suite', [notes, pins]);
      for (const id of [defaultTenant, 'acme']) {
        const tenant = await tenants.tenant(id);
        await rejectsWith(tenant.query('SELECT * FROM af_suite_half'), 'AF_STORAGE_STATEMENT_INVALID');
        await tenant.execute(addNote, [1, 'one']);
      }
    }),
    on(
      'says so when the rows of a tenant stand against a migration, and goes on once they do not',
      async ({ tenants }) => {
        await tenants.migrate('suite', [notes]);
        for (const id of ['acme', 'globex']) await tenants.create(id);
        const acme = await tenants.tenant('acme');
        await acme.batch([
          { sql: addNote, params: [1, 'a note'] },
          { sql: 'INSERT INTO af_suite_replies (id, note_id) VALUES (1, 1)' },
          { sql: 'INSERT INTO af_suite_replies (id, note_id) VALUES (2, 1)' },
        ]);
        const single = {
          version: 2,
          name: 'one-reply-a-note',
          up: 'CREATE UNIQUE INDEX af_suite_one_reply ON af_suite_replies ({{tenant.key}} note_id)',
          down: 'DROP INDEX af_suite_one_reply',
        };
        await rejectsWith(tenants.migrate('suite', [notes, single]), 'AF_STORAGE_MIGRATION_FAILED');
        await tenants.migrate('suite', [notes]);
        await (await tenants.tenant('acme')).execute('DELETE FROM af_suite_replies WHERE id = 2');
        await tenants.migrate('suite', [notes, single]);
        for (const id of ['acme', 'globex', defaultTenant]) {
          const tenant = await tenants.tenant(id);
          await tenant.execute(`${addNote} ON CONFLICT DO NOTHING`, [1, 'a note']);
          const reply = 'INSERT INTO af_suite_replies (id, note_id) VALUES (?, 1)';
          await tenant.execute(`${reply} ON CONFLICT DO NOTHING`, [1]);
          await rejectsWith(tenant.execute(reply, [2]), 'AF_STORAGE_CONSTRAINT');
        }
      },
    ),
    on('lets two processes migrate tenants at once', async ({ tenants, another }) => {
      const other = (await another()).tenants;
      for (const id of ['acme', 'globex']) await tenants.create(id);
      await Promise.all([tenants, other].map((each) => each.migrate('suite', [notes, pins])));
      for (const id of ['acme', 'globex', defaultTenant])
        await (await other.tenant(id)).execute(addNote, [1, 'one']);
    }),
    on('numbers the migrations of platform and tenants apart', async ({ storage, tenants }) => {
      await storage.migrate('suite', [things]);
      await tenants.migrate('suite', [notes]);
      await storage.execute('INSERT INTO af_suite_things (id, name) VALUES (1, ?)', ['one']);
      await (await tenants.tenant(defaultTenant)).execute(addNote, [1, 'one']);
    }),
    on('takes migrations from files, with those of its own engine first', async ({ storage, tenants }) => {
      const folder = await mkdtemp(join(tmpdir(), 'agent-factory-migrations-'));
      const { dialect } = storage;
      await mkdir(join(folder, 'tenant'));
      await Promise.all([
        writeFile(join(folder, '0001-create-things.sql'), things.up),
        writeFile(join(folder, '0001-create-things.down.sql'), things.down),
        writeFile(join(folder, '0002-add-engine.sql'), 'SELECT nothing FROM nowhere'),
        writeFile(
          join(folder, `0002-add-engine.${dialect}.sql`),
          `ALTER TABLE af_suite_things ADD COLUMN engine TEXT NOT NULL DEFAULT '${dialect}'`,
        ),
        writeFile(join(folder, '0002-add-engine.down.sql'), 'ALTER TABLE af_suite_things DROP COLUMN engine'),
        writeFile(join(folder, 'tenant', '0001-create-notes.sql'), notes.up),
        writeFile(join(folder, 'tenant', '0001-create-notes.down.sql'), notes.down),
      ]);
      try {
        await storage.migrate('suite', readMigrations(folder, dialect, 'platform'));
        await tenants.migrate('suite', readMigrations(folder, dialect, 'tenant'));
      } finally {
        await rm(folder, { recursive: true });
      }
      await storage.execute('INSERT INTO af_suite_things (id, name) VALUES (1, ?)', ['one']);
      assert.deepEqual(await storage.query('SELECT engine FROM af_suite_things'), [{ engine: dialect }]);
      await (await tenants.tenant(defaultTenant)).execute(addNote, [1, 'one']);
    }),
  ];
}
