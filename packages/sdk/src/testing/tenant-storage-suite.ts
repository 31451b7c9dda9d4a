import assert from 'node:assert/strict';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';
import { casesOn, type OpenStorageHandles } from './storage-handles.ts';
import { tenantAnalyticsCases } from './tenant-analytics-cases.ts';
import { tenantIsolationCases } from './tenant-isolation-cases.ts';
import { tenantMigrationCases } from './tenant-migration-cases.ts';
import { addNote, bodies, notes } from './tenant-tables.ts';

/**
 * What every `TenantStorage` must do, and the `TenantAnalytics` beside it. `open` gives an empty database each time.
 *
 * @example
 * ```ts
 * declare const openEmptyDatabase: OpenStorageHandles;
 * declare function it(name: string, run: () => Promise<void>): void;
 * for (const { name, run } of tenantStorageSuite(openEmptyDatabase)) it(name, run);
 * ```
 */
export function tenantStorageSuite(open: OpenStorageHandles): ConformanceSuite {
  const on = casesOn(open);
  return [
    on('has the default tenant from the start', async ({ tenants }) => {
      assert.deepEqual(await tenants.list(), [defaultTenant]);
      const tenant = await tenants.tenant(defaultTenant);
      assert.deepEqual(await tenant.query('SELECT 1 AS one'), [{ one: 1 }]);
    }),
    on('creates a tenant once, and lists them by their bytes', async ({ tenants }) => {
      const ids = ['ab', 'a-b', '0', 'a0', 'b', 'a', 'x'.repeat(63)];
      for (const id of ids) await tenants.create(id);
      await tenants.create('a');
      const sorted = ['0', 'a', 'a-b', 'a0', 'ab', 'b', defaultTenant, 'x'.repeat(63)];
      assert.deepEqual(await tenants.list(), sorted);
      const walked: string[] = [];
      for (let after: string | undefined; ; after = walked.at(-1)) {
        const page = await tenants.list({ limit: 3, ...(after !== undefined && { after }) });
        if (page.length === 0) break;
        assert.ok(page.length <= 3);
        walked.push(...page);
      }
      assert.deepEqual(walked, sorted);
      assert.deepEqual(
        await tenants.list({ after: 'a1', limit: 1 }),
        ['ab'],
        'goes on after what is not there',
      );
    }),
    on('refuses what is no id of a tenant', async ({ tenants }) => {
      const odd = [
        '',
        ' ',
        'A',
        'a_b',
        'a.b',
        '.',
        '..',
        '../a',
        'a/b',
        'a\\b',
        '-a',
        'a\0',
        'ä',
        "a'b",
        'a ',
      ];
      for (const id of [...odd, 'x'.repeat(64), 'a\n', '{{tenant.id}}']) {
        await rejectsWith(tenants.tenant(id), 'AF_TENANT_ID_INVALID');
        await rejectsWith(tenants.create(id), 'AF_TENANT_ID_INVALID');
        await rejectsWith(tenants.erase(id), 'AF_TENANT_ID_INVALID');
      }
      assert.deepEqual(await tenants.list(), [defaultTenant]);
    }),
    on('knows no tenant that was never created', async ({ tenants }) => {
      await rejectsWith(tenants.tenant('nobody'), 'AF_TENANT_UNKNOWN');
      assert.deepEqual(await tenants.list(), [defaultTenant]);
    }),
    on('erases a tenant with all it has, and no other', async ({ tenants }) => {
      await tenants.migrate('suite', [notes]);
      for (const id of ['acme', 'globex']) {
        await tenants.create(id);
        await (await tenants.tenant(id)).execute(addNote, [1, `of ${id}`]);
      }
      const kept = await tenants.tenant('acme');
      await tenants.erase('acme');
      await tenants.erase('acme');
      await rejectsWith(tenants.tenant('acme'), 'AF_TENANT_UNKNOWN');
      await assert.rejects(kept.execute(addNote, [2, 'late']), 'a handle kept from before writes nothing');
      assert.deepEqual(await tenants.list(), [defaultTenant, 'globex']);
      await tenants.create('acme');
      assert.deepEqual(await bodies(await tenants.tenant('acme')), []);
      assert.deepEqual(await bodies(await tenants.tenant('globex')), ['of globex']);
    }),
    on('keeps the default tenant', async ({ tenants }) => {
      await rejectsWith(tenants.erase(defaultTenant), 'AF_TENANT_PROTECTED');
      assert.deepEqual(await tenants.list(), [defaultTenant]);
    }),
    on('shows other processes what was created, written and erased', async ({ tenants, another }) => {
      const other = (await another()).tenants;
      await tenants.migrate('suite', [notes]);
      await tenants.create('acme');
      const mine = await tenants.tenant('acme');
      const theirs = await other.tenant('acme');
      await theirs.execute(addNote, [1, 'from there']);
      assert.deepEqual(await bodies(mine), ['from there']);
      await other.erase('acme');
      await assert.rejects(
        mine.execute(addNote, [2, 'into nothing']),
        'nothing is written to what was erased',
      );
      await rejectsWith(tenants.tenant('acme'), 'AF_TENANT_UNKNOWN');
      await tenants.create('acme');
      assert.deepEqual(await bodies(await other.tenant('acme')), []);
      await (await tenants.tenant('acme')).execute(addNote, [1, 'anew']);
      assert.deepEqual(await bodies(await other.tenant('acme')), ['anew']);
    }),
    on('lets two processes create the same tenant at once, and tells the one that did', async (handles) => {
      const { tenants, another } = handles;
      const other = (await another()).tenants;
      await tenants.migrate('suite', [notes]);
      const four = [tenants, other, tenants, other];
      for (const work of ['create', 'erase', 'create'] as const) {
        const done = await Promise.all(four.map((each) => each[work]('acme')));
        assert.equal(done.filter(Boolean).length, 1, work);
        assert.equal(await other[work]('acme'), false);
      }
      await (await tenants.tenant('acme')).execute(addNote, [1, 'one']);
      assert.deepEqual(await bodies(await other.tenant('acme')), ['one']);
    }),
    ...tenantIsolationCases(on),
    ...tenantMigrationCases(on),
    ...tenantAnalyticsCases(on),
  ];
}
