import assert from 'node:assert/strict';
import type { AppliedMigration, Migration, MigrationLedger, MigrationScope } from '../contracts/migration.ts';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';
import { casesOn, type OpenStorageHandles } from './storage-handles.ts';
import { colours, insert, things } from './storage-migration-cases.ts';
import { addNote, bodies, notes, pins } from './tenant-tables.ts';

/** What is applied of the plugin `suite`, as `scope version name`. */
async function applied(ledger: MigrationLedger): Promise<readonly string[]> {
  return (await ledger.applied()).filter(({ plugin }) => plugin === 'suite').map(line);
}

const line = ({ scope, version, name }: AppliedMigration): string => `${scope} ${version} ${name}`;

/**
 * What every `MigrationLedger` must do, beside the `Storage` and `TenantStorage` whose migrations it remembers. `open`
 * gives an empty database each time.
 */
export function migrationLedgerSuite(open: OpenStorageHandles): ConformanceSuite {
  const on = casesOn(open);
  const undo = async (
    ledger: MigrationLedger,
    scope: MigrationScope,
    to: number,
  ): Promise<readonly string[]> => (await ledger.rollback('suite', { scope, to })).map(line);

  return [
    on('remembers what was applied, by plugin, scope and version', async ({ storage, tenants, ledger }) => {
      const before = Date.now() - 60_000;
      await tenants.migrate('suite', [notes, pins]);
      await storage.migrate('suite', [things, colours]);
      await storage.migrate('another', [{ ...things, up: 'CREATE TABLE af_another_things (id BIGINT)' }]);
      const all = (await ledger.applied()).filter(({ plugin }) => ['another', 'suite'].includes(plugin));
      assert.deepEqual(
        all.map((each) => `${each.plugin} ${line(each)}`),
        [
          'another platform 1 create-things',
          'suite platform 1 create-things',
          'suite platform 2 add-colour',
          'suite tenant 1 create-notes',
          'suite tenant 2 add-pinned',
        ],
      );
      for (const { checksum, appliedAt } of all) {
        assert.match(checksum, /^[0-9a-f]{64}$/);
        assert.ok(Number.isSafeInteger(appliedAt) && appliedAt > before && appliedAt < Date.now() + 60_000);
      }
      assert.notEqual(all[0]?.checksum, all[1]?.checksum, 'another text, another checksum');
    }),
    on('undoes what is above a version, the newest first, and lets it come again', async (fixture) => {
      const { storage, ledger } = fixture;
      await storage.migrate('suite', [things, colours]);
      await storage.execute(insert, [1, 'one']);
      assert.deepEqual(await undo(ledger, 'platform', 1), ['platform 2 add-colour']);
      assert.deepEqual(await applied(ledger), ['platform 1 create-things']);
      assert.deepEqual(await storage.query('SELECT * FROM af_suite_things'), [
        { id: 1, name: 'one', amount: null },
      ]);
      await storage.migrate('suite', [things, colours]);
      assert.deepEqual(await storage.query('SELECT colour FROM af_suite_things'), [{ colour: 'grey' }]);
      assert.deepEqual(await undo(ledger, 'platform', 0), [
        'platform 2 add-colour',
        'platform 1 create-things',
      ]);
      await rejectsWith(storage.query('SELECT * FROM af_suite_things'), 'AF_STORAGE_STATEMENT_INVALID');
      assert.deepEqual(await applied(ledger), []);
    }),
    on('says when there is nothing to undo', async ({ storage, ledger }) => {
      await rejectsWith(undo(ledger, 'platform', 0), 'AF_STORAGE_MIGRATION_NONE');
      await storage.migrate('suite', [things]);
      await rejectsWith(undo(ledger, 'platform', 1), 'AF_STORAGE_MIGRATION_NONE');
      await rejectsWith(undo(ledger, 'tenant', 0), 'AF_STORAGE_MIGRATION_NONE');
      assert.deepEqual(await applied(ledger), ['platform 1 create-things']);
    }),
    on('undoes the migrations of a plugin that is gone, by what it left', async (fixture) => {
      const { storage, tenants, another } = fixture;
      await storage.migrate('suite', [things, colours]);
      await tenants.migrate('suite', [notes, pins]);
      const later = await another();
      assert.equal((await undo(later.ledger, 'platform', 0)).length, 2);
      assert.equal((await undo(later.ledger, 'tenant', 0)).length, 2);
      assert.deepEqual(await applied(later.ledger), []);
      await rejectsWith(later.storage.query('SELECT * FROM af_suite_things'), 'AF_STORAGE_STATEMENT_INVALID');
    }),
    on('undoes a tenant migration for every tenant there is and every one to come', async (fixture) => {
      const { tenants, ledger } = fixture;
      await tenants.create('acme');
      await tenants.migrate('suite', [notes, pins]);
      for (const id of ['acme', defaultTenant])
        await (await tenants.tenant(id)).execute(addNote, [1, `of ${id}`]);
      assert.deepEqual(await undo(ledger, 'tenant', 1), ['tenant 2 add-pinned']);
      await tenants.create('globex');
      for (const id of ['acme', defaultTenant, 'globex']) {
        const tenant = await tenants.tenant(id);
        await rejectsWith(tenant.query('SELECT pinned FROM af_suite_notes'), 'AF_STORAGE_STATEMENT_INVALID');
        assert.deepEqual(await bodies(tenant), id === 'globex' ? [] : [`of ${id}`]);
      }
      await tenants.migrate('suite', [notes, pins]);
      for (const id of ['acme', defaultTenant, 'globex'])
        await (await tenants.tenant(id)).query('SELECT pinned FROM af_suite_notes');
      assert.deepEqual(await applied(ledger), ['tenant 1 create-notes', 'tenant 2 add-pinned']);
    }),
    on('keeps a migration whose way back fails, and says why', async ({ storage, tenants, ledger }) => {
      const oneWay: Migration = {
        ...colours,
        down: 'DROP TABLE af_suite_things; DROP TABLE af_suite_nowhere',
      };
      await storage.migrate('suite', [things, oneWay]);
      await storage.execute(insert, [1, 'one']);
      const error = await rejectsWith(undo(ledger, 'platform', 0), 'AF_STORAGE_MIGRATION_FAILED');
      assert.match(error.message, /af_suite_nowhere/);
      assert.equal((await storage.query('SELECT * FROM af_suite_things')).length, 1, 'nothing was undone');
      assert.deepEqual(await applied(ledger), ['platform 1 create-things', 'platform 2 add-colour']);
      await tenants.migrate('suite', [notes, { ...pins, down: 'DROP TABLE af_suite_nowhere' }]);
      await rejectsWith(undo(ledger, 'tenant', 0), 'AF_STORAGE_MIGRATION_FAILED');
      await (await tenants.tenant(defaultTenant)).query('SELECT pinned FROM af_suite_notes');
    }),
    on('refuses an edited migration, and takes it again after it was undone', async ({ storage, ledger }) => {
      const edited = { ...colours, up: 'ALTER TABLE af_suite_things ADD COLUMN colour TEXT' };
      await storage.migrate('suite', [things, colours]);
      await rejectsWith(storage.migrate('suite', [things, edited]), 'AF_STORAGE_MIGRATION_CHANGED');
      await undo(ledger, 'platform', 1);
      await storage.migrate('suite', [things, edited]);
      assert.deepEqual(await applied(ledger), ['platform 1 create-things', 'platform 2 add-colour']);
    }),
    on(
      'undoes each migration once when two processes do so at once',
      async ({ storage, ledger, another }) => {
        const other = (await another()).ledger;
        await storage.migrate('suite', [things, colours]);
        const outcomes = await Promise.allSettled([undo(ledger, 'platform', 0), undo(other, 'platform', 0)]);
        const undone: string[] = [];
        for (const outcome of outcomes) {
          if (outcome.status === 'fulfilled') undone.push(...outcome.value);
          else await rejectsWith(Promise.reject(outcome.reason as Error), 'AF_STORAGE_MIGRATION_NONE');
        }
        assert.deepEqual(undone.sort(), ['platform 1 create-things', 'platform 2 add-colour']);
        assert.deepEqual(await applied(ledger), []);
      },
    ),
    on('goes on with a migration without a transaction where it broke off', async ({ storage, ledger }) => {
      await storage.migrate('suite', [things]);
      await storage.execute('INSERT INTO af_suite_things (id, name, amount) VALUES (1, ?, 5)', ['one']);
      await storage.execute('INSERT INTO af_suite_things (id, name, amount) VALUES (2, ?, 5)', ['two']);
      const steps: Migration = {
        version: 2,
        name: 'index-amounts',
        transactional: false,
        up: `CREATE INDEX IF NOT EXISTS af_suite_by_name ON af_suite_things (amount, name);
          CREATE TABLE IF NOT EXISTS af_suite_done (id BIGINT PRIMARY KEY);
          CREATE UNIQUE INDEX IF NOT EXISTS af_suite_by_amount ON af_suite_things (amount)`,
        down: `DROP INDEX IF EXISTS af_suite_by_amount; DROP TABLE IF EXISTS af_suite_done;
          DROP INDEX IF EXISTS af_suite_by_name`,
      };
      await rejectsWith(storage.migrate('suite', [things, steps]), 'AF_STORAGE_MIGRATION_FAILED');
      assert.deepEqual(await applied(ledger), ['platform 1 create-things']);
      assert.deepEqual(await storage.query('SELECT * FROM af_suite_done'), [], 'what was done stays');
      await storage.execute('UPDATE af_suite_things SET amount = 6 WHERE id = 2');
      await storage.migrate('suite', [things, steps]);
      assert.deepEqual(await applied(ledger), ['platform 1 create-things', 'platform 2 index-amounts']);
      await rejectsWith(
        storage.execute('UPDATE af_suite_things SET amount = 6 WHERE id = 1'),
        'AF_STORAGE_CONSTRAINT',
      );
      assert.deepEqual(await undo(ledger, 'platform', 1), ['platform 2 index-amounts']);
      await storage.execute('UPDATE af_suite_things SET amount = 6 WHERE id = 1');
      await rejectsWith(storage.query('SELECT * FROM af_suite_done'), 'AF_STORAGE_STATEMENT_INVALID');
    }),
  ];
}
