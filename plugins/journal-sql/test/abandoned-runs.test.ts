import assert from 'node:assert/strict';
import { defaultTenant, type TenantAnalytics, type TenantStorage } from '@agent-factory/sdk/contracts';
import { sampleRun } from '@agent-factory/sdk/testing';
import { createSqlJournal } from '../src/sql-journal.ts';
import { openTestJournal } from './open-test-journal.ts';

describe('runs that nobody works on, where each tenant has a file', () => {
  it('are looked for among tenants with unfinished runs alone, between two sweeps over all', async function () {
    this.timeout(30_000);
    const { tenants, analytics, createTenant, close } = await openTestJournal();
    const ids = Array.from({ length: 40 }, (_, index) => `tenant-${index}`);
    for (const id of ids) await createTenant(id);
    let sweeps = 0;
    const opened: string[] = [];
    const countingAnalytics: TenantAnalytics = {
      query(sql, params) {
        sweeps++;
        return analytics.query(sql, params);
      },
    };
    const counting: TenantStorage = {
      ...tenants,
      tenant(id) {
        opened.push(id);
        return tenants.tenant(id);
      },
    };
    const journal = await createSqlJournal({ tenants: counting, analytics: countingAnalytics, pollMs: 0 });
    assert.deepEqual(await journal.abandoned(), []);
    const [sample, ended] = [sampleRun(), sampleRun()];
    await journal.tenant('tenant-7').append(sample.events(1, 1), sample.after(1));
    await journal.tenant('tenant-9').append(ended.events(1, 6), ended.after(6));
    opened.length = 0;
    for (let turn = 0; turn < 3; turn++)
      assert.deepEqual(await journal.abandoned(), [{ tenant: 'tenant-7', runId: sample.id }]);
    assert.equal(sweeps, 1);
    assert.deepEqual(opened, ['tenant-7', 'tenant-9', 'tenant-7', 'tenant-7']);
    await tenants.erase('tenant-7');
    assert.deepEqual(await journal.abandoned(), []);
    assert.deepEqual(await journal.tenant(defaultTenant).runs(), []);
    await journal.close();
    await close();
  });

  it('of another process are found by one that hears no signals, once it is asked for them', async () => {
    const { tenants, analytics, close } = await openTestJournal();
    const [killed, other] = [
      await createSqlJournal({ tenants, analytics, pollMs: 0 }),
      await createSqlJournal({ tenants, analytics, pollMs: 0 }),
    ];
    assert.deepEqual(await other.abandoned(), []);
    const sample = sampleRun();
    await killed.tenant(defaultTenant).append(sample.events(1, 1), sample.after(1));
    assert.deepEqual(await other.abandoned(), []);
    await other.tenant(defaultTenant).run(sample.id);
    assert.deepEqual(await other.abandoned(), [{ tenant: defaultTenant, runId: sample.id }]);
    await Promise.all([killed.close(), other.close()]);
    await close();
  });
});
