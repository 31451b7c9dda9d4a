import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { Accounts, Storage } from '@agent-factory/sdk/contracts';
import {
  accountsSuite,
  bootTestKernel,
  rollBack,
  type AccountsFixture,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(import.meta.dirname);

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`accounts-sql on ${name}`, () => {
    let storage: FreshStorage;
    let kernel: TestKernel;
    /** A second process on the same database. */
    let other: TestKernel;
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

    const openAccounts = async (): Promise<AccountsFixture> => ({
      accounts: kernel.use(Accounts),
      another: other.use(Accounts),
      tenants: ['acme', 'globex'],
      async close() {
        for (const table of ['members', 'roles', 'accounts'])
          await kernel.use(Storage).execute(`DELETE FROM af_accounts_sql_${table}`);
      },
    });
    for (const { name: says, run } of accountsSuite(openAccounts)) it(`accounts ${says}`, run);

    describe('at the end', () => {
      it('has a way back', async () => {
        assert.deepEqual(await rollBack(kernel, 'accounts-sql', 'platform'), ['create-accounts']);
      });
    });
  });
}
