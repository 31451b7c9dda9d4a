import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { AuditLog, MigrationLedger, Storage, TenantStorage } from '@agent-factory/sdk/contracts';
import {
  auditLogSuite,
  bootTestKernel,
  type AuditLogFixture,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(import.meta.dirname);
const entry = {
  at: 1,
  who: 'ann',
  tenant: 'acme',
  credential: 'api-key:k',
  action: 'putAgent',
  permission: 'agents:write',
  target: '/a',
  outcome: 'done',
  code: 'AF_X',
  requestId: 'r',
} as const;

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`audit-sql on ${name}`, () => {
    let storage: FreshStorage;
    let kernel: TestKernel;
    /** A second process on the same database. */
    let other: TestKernel;
    let made = 0;
    before(async function () {
      this.timeout(60_000);
      storage = await open();
      kernel = await bootTestKernel({ plugins: [storage.plugin, folder] });
      other = await bootTestKernel({ plugins: [storage.plugin, folder], dataDir: kernel.dataDir });
    });
    after(async () => {
      await other?.close();
      await kernel?.close();
      await storage?.close();
    });

    const openAudit = async (): Promise<AuditLogFixture> => {
      const tenants = kernel.use(TenantStorage);
      const own = [`t${(made += 1)}`, `t${(made += 1)}`] as const;
      for (const tenant of own) await tenants.create(tenant);
      return {
        audit: kernel.use(AuditLog),
        another: other.use(AuditLog),
        tenants: own,
        async tamper(tenant, seq, how) {
          const database = await tenants.tenant(tenant);
          if (how === 'remove')
            await database.execute('DELETE FROM af_audit_sql_entries WHERE seq = ?', [seq]);
          else await database.execute("UPDATE af_audit_sql_entries SET who = 'eve' WHERE seq = ?", [seq]);
        },
        async close() {
          for (const tenant of own) await tenants.erase(tenant);
          await kernel.use(Storage).execute('DELETE FROM af_audit_sql_platform_entries');
        },
      };
    };
    for (const { name: says, run } of auditLogSuite(openAudit)) it(says, run);

    it('tells of a change to any single value of any entry', async () => {
      const { audit, tenants, close } = await openAudit();
      const chain = audit.chain(tenants[0]);
      for (let number = 1; number <= 3; number += 1) await chain.record(entry);
      const database = await kernel.use(TenantStorage).tenant(tenants[0]);
      const columns = Object.keys(entry).map((key) => (key === 'requestId' ? 'request_id' : key));
      for (const seq of [1, 2, 3])
        for (const column of [...columns, 'hash']) {
          const [row] = await database.query<{ value: string | number }>(
            `SELECT ${column} AS value FROM af_audit_sql_entries WHERE seq = ?`,
            [seq],
          );
          const change = (value: string | number): Promise<unknown> =>
            database.execute(`UPDATE af_audit_sql_entries SET ${column} = ? WHERE seq = ?`, [value, seq]);
          await change(column === 'at' ? 99 : 'x');
          const verdict = await chain.verify();
          assert.deepEqual([verdict.whole, !verdict.whole && verdict.seq], [false, seq], column);
          assert.ok(row);
          await change(row.value);
        }
      assert.equal((await chain.verify()).whole, true);
      await close();
    });

    it('tells of two entries that changed places', async () => {
      const { audit, tenants, close } = await openAudit();
      const chain = audit.chain(tenants[0]);
      for (const who of ['ann', 'ben', 'cleo']) await chain.record({ ...entry, who });
      const database = await kernel.use(TenantStorage).tenant(tenants[0]);
      for (const [from, to] of [
        [1, 9],
        [2, 1],
        [9, 2],
      ])
        await database.execute('UPDATE af_audit_sql_entries SET seq = ? WHERE seq = ?', [to ?? 0, from ?? 0]);
      const verdict = await chain.verify();
      assert.deepEqual([verdict.whole, !verdict.whole && verdict.seq], [false, 1]);
      await close();
    });

    it('writes what comes at the same moment in a few transactions', async () => {
      const { tenants, close } = await openAudit();
      const real = await kernel.use(TenantStorage).tenant(tenants[0]);
      let transactions = 0;
      const { SqlChain } = await import('../src/sql-chain.ts');
      const chain = new SqlChain({
        table: 'af_audit_sql_entries',
        lock: 'a test',
        use: (work) => {
          transactions += 1;
          return work(real);
        },
      });
      await Promise.all(Array.from({ length: 200 }, () => chain.record(entry)));
      assert.equal(transactions, 2); // the first that came, and all that came meanwhile
      await close();
    });

    it('writes what it was given before it is disposed', async () => {
      const { tenants, close } = await openAudit();
      const third = await bootTestKernel({ plugins: [storage.plugin, folder], dataDir: kernel.dataDir });
      const written = Array.from({ length: 50 }, () => third.use(AuditLog).chain(tenants[0]).record(entry));
      await third.close();
      await Promise.all(written);
      const verdict = await kernel.use(AuditLog).chain(tenants[0]).verify();
      assert.deepEqual([verdict.whole, verdict.whole && verdict.entries], [true, 50]);
      await close();
    });

    describe('at the end', () => {
      it('has a way back', async () => {
        const ledger = kernel.use(MigrationLedger);
        for (const scope of ['tenant', 'platform'] as const) {
          const undone = await ledger.rollback('audit-sql', { scope, to: 0 });
          assert.deepEqual(
            undone.map(({ name: step }) => step),
            ['create-entries'],
          );
        }
      });
    });
  });
}
