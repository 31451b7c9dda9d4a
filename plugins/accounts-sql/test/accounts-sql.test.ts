import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import type { PluginEntry } from '@agent-factory/sdk';
import { Accounts, MigrationLedger, Storage } from '@agent-factory/sdk/contracts';
import {
  accountsSuite,
  bootTestKernel,
  type AccountsFixture,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';

const folder = dirname(import.meta.dirname);
const storage = (name: string): string => join(dirname(folder), `storage-${name}`);

/** Two processes on one database. */
interface Platform {
  readonly kernel: TestKernel;
  readonly other: TestKernel;
  close(): Promise<void>;
}

const engines: Readonly<Record<string, () => Promise<Platform>>> = {
  SQLite: async () => {
    const kernel = await bootTestKernel({ plugins: [storage('sqlite'), folder] });
    const other = await bootTestKernel({ plugins: [storage('sqlite'), folder], dataDir: kernel.dataDir });
    return {
      kernel,
      other,
      close: async () => {
        await other.close();
        await kernel.close();
      },
    };
  },
  PostgreSQL: async () => {
    const { url, close } = await freshPostgres();
    const plugins: (string | PluginEntry)[] = [{ use: storage('postgres'), config: { url } }, folder];
    const [kernel, other] = [await bootTestKernel({ plugins }), await bootTestKernel({ plugins })];
    return {
      kernel,
      other,
      close: async () => {
        await other.close();
        await kernel.close();
        await close();
      },
    };
  },
};

for (const [name, open] of Object.entries(engines)) {
  describe(`accounts-sql on ${name}`, () => {
    let platform: Platform;
    before(async function () {
      this.timeout(60_000);
      platform = await open();
    });
    after(() => platform?.close());

    const openAccounts = async (): Promise<AccountsFixture> => ({
      accounts: platform.kernel.use(Accounts),
      another: platform.other.use(Accounts),
      tenants: ['acme', 'globex'],
      async close() {
        for (const table of ['members', 'roles', 'accounts'])
          await platform.kernel.use(Storage).execute(`DELETE FROM af_accounts_sql_${table}`);
      },
    });
    for (const { name: says, run } of accountsSuite(openAccounts)) it(`accounts ${says}`, run);

    describe('at the end', () => {
      it('has a way back', async () => {
        const ledger = platform.kernel.use(MigrationLedger);
        const undone = await ledger.rollback('accounts-sql', { scope: 'platform', to: 0 });
        assert.deepEqual(
          undone.map(({ name: step }) => step),
          ['create-accounts'],
        );
      });
    });
  });
}
