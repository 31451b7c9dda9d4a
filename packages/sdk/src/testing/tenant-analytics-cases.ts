import assert from 'node:assert/strict';
import type { ConformanceCase, ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';
import type { OnStorageHandles, StorageHandlesFixture } from './storage-handles.ts';
import { addNote, bodies, notes } from './tenant-tables.ts';

interface Seen {
  readonly tenant: string;
  readonly n: number;
}

const inOrder = (rows: readonly Seen[]): readonly string[] =>
  rows.map(({ tenant, n }) => `${tenant} ${n}`).sort();

/** What reads across tenants must do. */
export function tenantAnalyticsCases(on: OnStorageHandles): ConformanceSuite {
  const withNotes = (
    name: string,
    work: (fixture: StorageHandlesFixture) => Promise<void>,
  ): ConformanceCase =>
    on(name, async (fixture) => {
      const { tenants } = fixture;
      await tenants.migrate('suite', [notes]);
      for (const [id, count] of [
        ['acme', 2],
        ['globex', 1],
        ['empty', 0],
      ] as const) {
        await tenants.create(id);
        const tenant = await tenants.tenant(id);
        for (let n = 1; n <= count; n++) await tenant.execute(addNote, [n, `${id} ${n}`]);
      }
      await work(fixture);
    });

  return [
    withNotes('reads the rows of all tenants, each with the id of its tenant', async ({ analytics }) => {
      const all = 'SELECT {{tenant.id}} AS tenant, id AS n FROM af_suite_notes';
      assert.deepEqual(inOrder(await analytics.query<Seen>(all)), ['acme 1', 'acme 2', 'globex 1']);
      const counts = 'SELECT {{tenant.id}} AS tenant, COUNT(*) AS n FROM af_suite_notes GROUP BY 1';
      assert.deepEqual(inOrder(await analytics.query<Seen>(counts)), ['acme 2', 'globex 1']);
    }),
    withNotes('takes parameters, and the tenant as a condition', async ({ analytics }) => {
      const some = 'SELECT {{tenant.id}} AS tenant, id AS n FROM af_suite_notes WHERE id = ?';
      assert.deepEqual(inOrder(await analytics.query<Seen>(some, [1])), ['acme 1', 'globex 1']);
      const one = `${some} AND {{tenant.id}} = ?`;
      assert.deepEqual(inOrder(await analytics.query<Seen>(one, [1, 'globex'])), ['globex 1']);
      assert.deepEqual(await analytics.query(one, [1, "x' OR '1' = '1"]), []);
    }),
    withNotes('sees at once what was committed, and what was erased no more', async (fixture) => {
      const { analytics, tenants } = fixture;
      const all = 'SELECT {{tenant.id}} AS tenant, id AS n FROM af_suite_notes';
      await (await tenants.tenant('globex')).execute(addNote, [5, 'new']);
      await tenants.erase('acme');
      assert.deepEqual(inOrder(await analytics.query<Seen>(all)), ['globex 1', 'globex 5']);
    }),
    withNotes('changes nothing', async ({ analytics, tenants }) => {
      for (const sql of [
        "UPDATE af_suite_notes SET body = 'changed'",
        'DELETE FROM af_suite_notes',
        'DELETE FROM af_suite_notes RETURNING id',
        "INSERT INTO af_suite_notes (id, body) VALUES (9, 'new')",
        'CREATE TABLE af_suite_more (id BIGINT)',
        'DROP TABLE af_suite_notes',
      ])
        await rejectsWith(analytics.query(sql), 'AF_STORAGE_READ_ONLY');
      assert.deepEqual(await bodies(await tenants.tenant('acme')), ['acme 1', 'acme 2']);
    }),
    withNotes(
      'refuses a statement that is wrong, and values that engines treat differently',
      async (fixture) => {
        const { analytics } = fixture;
        await rejectsWith(analytics.query('SELEC 1'), 'AF_STORAGE_STATEMENT_INVALID');
        await rejectsWith(analytics.query('SELECT * FROM af_suite_missing'), 'AF_STORAGE_STATEMENT_INVALID');
        await rejectsWith(analytics.query('SELECT ? AS n', [NaN]), 'AF_STORAGE_PARAMETER_INVALID');
        await rejectsWith(analytics.query('SELECT 1 AS n', [1]), 'AF_STORAGE_STATEMENT_INVALID');
      },
    ),
  ];
}
