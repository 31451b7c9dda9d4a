import assert from 'node:assert/strict';
import type { SqlDatabase } from '../contracts/storage.ts';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { ConformanceCase, ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';
import { things } from './storage-migration-cases.ts';
import type { OnStorageHandles, StorageHandlesFixture } from './storage-handles.ts';
import { addNote, bodies, notes, showsNothingOf } from './tenant-tables.ts';

const canary = 'canary-of-acme';

/** What keeps one tenant's data from every other. */
export function tenantIsolationCases(on: OnStorageHandles): ConformanceSuite {
  /** `acme` has notes 1 and 2 and a reply; `globex` has none. */
  const withTwo = (
    name: string,
    work: (acme: SqlDatabase, globex: SqlDatabase, fixture: StorageHandlesFixture) => Promise<void>,
  ): ConformanceCase =>
    on(name, async (fixture) => {
      const { tenants } = fixture;
      await tenants.migrate('suite', [notes]);
      for (const id of ['acme', 'globex']) await tenants.create(id);
      const acme = await tenants.tenant('acme');
      await acme.execute(addNote, [1, canary]);
      await acme.execute(addNote, [2, `${canary} again`]);
      await acme.execute('INSERT INTO af_suite_replies (id, note_id) VALUES (?, ?)', [1, 1]);
      await work(acme, await tenants.tenant('globex'), fixture);
      assert.deepEqual(await bodies(acme), [canary, `${canary} again`], 'the tenant keeps what is its own');
    });

  return [
    withTwo('shows a tenant nothing of another, however it asks', async (_acme, globex) => {
      for (const sql of [
        'SELECT * FROM af_suite_notes',
        'SELECT * FROM af_suite_notes WHERE id = 1 OR 1 = 1',
        "SELECT body FROM af_suite_notes WHERE body LIKE 'canary%'",
        'SELECT 1 AS id, NULL AS body UNION ALL SELECT id, body FROM af_suite_notes',
        'SELECT MAX(body) AS body FROM af_suite_notes',
        'SELECT r.id, n.body FROM af_suite_replies r JOIN af_suite_notes n ON n.id = r.note_id',
        'SELECT (SELECT body FROM af_suite_notes WHERE id = 1) AS body',
        'WITH all_of_them AS (SELECT * FROM af_suite_notes) SELECT * FROM all_of_them',
        "SELECT * FROM af_suite_notes WHERE tenant_id = 'acme'",
        'SELECT * FROM main.af_suite_notes',
        'SELECT * FROM public.af_suite_notes',
      ]) {
        await showsNothingOf(canary, globex.query(sql));
        await showsNothingOf(
          canary,
          globex.transaction((tx) => tx.query(sql)),
        );
      }
      assert.deepEqual(await globex.query('SELECT COUNT(*) AS n FROM af_suite_notes'), [{ n: 0 }]);
    }),
    withTwo('lets a tenant change or remove nothing of another', async (_acme, globex) => {
      for (const sql of [
        "UPDATE af_suite_notes SET body = 'changed'",
        "UPDATE af_suite_notes SET body = 'changed' WHERE id = 1",
        'DELETE FROM af_suite_notes',
        'DELETE FROM af_suite_replies',
      ]) {
        assert.equal((await globex.execute(sql)).changes, 0, sql);
        await globex.batch([{ sql, changes: 0 }]);
        await globex.transaction(async (tx) => assert.equal((await tx.execute(sql)).changes, 0));
      }
      await showsNothingOf(canary, globex.query('DELETE FROM af_suite_notes RETURNING body'));
    }),
    withTwo('gives each tenant keys of its own', async (_acme, globex) => {
      await globex.execute(addNote, [1, canary]);
      await rejectsWith(globex.execute(addNote, [1, 'again']), 'AF_STORAGE_CONSTRAINT');
      await rejectsWith(globex.execute(addNote, [2, canary]), 'AF_STORAGE_CONSTRAINT');
      const upsert = `${addNote} ON CONFLICT DO NOTHING`;
      assert.equal((await globex.execute(upsert, [2, 'two'])).changes, 1);
      assert.deepEqual(await bodies(globex), [canary, 'two']);
    }),
    withTwo('refers to no row of another tenant', async (_acme, globex) => {
      const reply = 'INSERT INTO af_suite_replies (id, note_id) VALUES (?, ?)';
      await rejectsWith(globex.execute(reply, [1, 1]), 'AF_STORAGE_CONSTRAINT');
      await globex.execute(addNote, [1, 'mine']);
      await globex.execute(reply, [1, 1]);
    }),
    withTwo('never lets a statement name another tenant', async (acme, globex) => {
      const forged = "INSERT INTO af_suite_notes (tenant_id, id, body) VALUES ('acme', 9, 'forged')";
      await assert.rejects(globex.execute(forged));
      await assert.rejects(acme.execute("UPDATE af_suite_notes SET tenant_id = 'globex'"));
      assert.deepEqual(await bodies(globex), []);
    }),
    withTwo(
      'refuses statements of its engine that would leave the tenant',
      async (_acme, globex, fixture) => {
        for (const sql of fixture.escapes?.('acme') ?? []) {
          await assert.rejects(globex.query(sql), sql);
          await assert.rejects(globex.execute(`/* x */ ${sql}`), sql);
          await assert.rejects(globex.batch([{ sql }]), sql);
          await assert.rejects(
            globex.transaction((tx) => tx.execute(sql)),
            sql,
          );
          assert.deepEqual(await bodies(globex), []);
        }
      },
    ),
    withTwo('keeps transactions of tenants apart that run at the same time', async (acme, globex) => {
      const { promise: started, resolve: start } = Promise.withResolvers<void>();
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      const undone = globex.transaction(async (tx) => {
        await tx.execute(addNote, [7, 'rolled back']);
        start();
        await ended;
        assert.deepEqual(await tx.query('SELECT body FROM af_suite_notes'), [{ body: 'rolled back' }]);
        throw new Error('no');
      });
      await started;
      await acme.transaction(async (tx) => {
        assert.deepEqual(await tx.query('SELECT COUNT(*) AS n FROM af_suite_notes'), [{ n: 2 }]);
        await tx.execute(addNote, [7, 'passing']);
        await tx.execute('DELETE FROM af_suite_notes WHERE id = 7');
      });
      end();
      await assert.rejects(undone, /no/);
      assert.deepEqual(await bodies(globex), []);
    }),
    withTwo('keeps many tenants apart that work at the same time', async (_acme, _globex, { tenants }) => {
      const ids = Array.from({ length: 8 }, (_, n) => `tenant-${n}`);
      await Promise.all(ids.map((id) => tenants.create(id)));
      const work = async (id: string, n: number): Promise<void> => {
        const tenant = await tenants.tenant(id);
        if (n % 3 === 0) await tenant.execute(addNote, [n, `${id} ${n}`]);
        else if (n % 3 === 1) await tenant.batch([{ sql: addNote, params: [n, `${id} ${n}`], changes: 1 }]);
        else
          await tenant.transaction(async (tx) => {
            await tx.execute(addNote, [n, `${id} ${n}`]);
            await new Promise((resolve) => setImmediate(resolve));
          });
        assert.ok((await bodies(tenant)).every((body) => body.startsWith(`${id} `)));
      };
      await Promise.all(ids.flatMap((id) => Array.from({ length: 9 }, (_, n) => work(id, n))));
      for (const id of ids) {
        const expected = Array.from({ length: 9 }, (_, n) => `${id} ${n}`);
        assert.deepEqual(await bodies(await tenants.tenant(id)), expected);
      }
    }),
    withTwo("refuses a tenant's database inside its own transaction", async (acme, _globex, { tenants }) => {
      const again = await tenants.tenant('acme');
      for (const each of [acme, again])
        await rejectsWith(
          acme.transaction(() => each.query('SELECT 1')),
          'AF_STORAGE_NESTED',
        );
    }),
    withTwo('keeps tenants and the platform apart', async (acme, _globex, { storage, tenants }) => {
      await storage.migrate('suite', [things]);
      await storage.execute('INSERT INTO af_suite_things (id, name) VALUES (1, ?)', ['canary-of-platform']);
      await showsNothingOf(canary, storage.query('SELECT * FROM af_suite_notes'));
      await assert.rejects(storage.execute(addNote, [9, 'of nobody']), 'tenant tables need a tenant');
      for (const tenant of [acme, await tenants.tenant(defaultTenant)])
        await showsNothingOf('canary-of-platform', tenant.query('SELECT * FROM af_suite_things'));
    }),
  ];
}
