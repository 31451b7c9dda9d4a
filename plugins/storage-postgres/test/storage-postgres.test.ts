import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  MigrationLedger,
  Signals,
  Storage,
  StorageTransfer,
  TenantAnalytics,
  TenantStorage,
  TextSearch,
} from '@agent-factory/sdk/contracts';
import {
  bootTestKernel,
  migrationLedgerSuite,
  signalsSuite,
  storageSuite,
  storageTransferSuite,
  tenantStorageSuite,
  textSearchSuite,
} from '@agent-factory/sdk/testing';
import { openTestStorage } from './open-test-storage.ts';

const folder = dirname(import.meta.dirname);

describe('storage-postgres', () => {
  describe('as a storage', () => {
    const suite = storageSuite(async () => {
      const fixture = await openTestStorage();
      return { ...fixture, another: async () => (await fixture.another()).storage };
    });
    for (const { name, run } of suite) it(name, run);
  });

  for (const superuser of [false, true])
    describe(`as a storage of tenants, connected as ${superuser ? 'a superuser' : 'the owner'}`, () => {
      for (const { name, run } of tenantStorageSuite(() => openTestStorage({ superuser }))) it(name, run);
    });

  describe('as a ledger of migrations', () => {
    for (const { name, run } of migrationLedgerSuite(openTestStorage)) it(name, run);
  });

  for (const superuser of [false, true])
    describe(`as a transfer, connected as ${superuser ? 'a superuser' : 'the owner'}`, () => {
      for (const { name, run } of storageTransferSuite(() => openTestStorage({ superuser }))) it(name, run);
    });

  describe('as signals', () => {
    const suite = signalsSuite(async () => {
      const fixture = await openTestStorage();
      return { ...fixture, another: async () => (await fixture.another()).signals };
    });
    for (const { name, run } of suite) it(name, run);
  });

  describe('as a text search', () => {
    for (const { name, run } of textSearchSuite(openTestStorage)) it(name, run);
  });

  describe('as a plugin', () => {
    it('provides everything on the database that its URL names', async () => {
      const { url, close } = await openTestStorage();
      const kernel = await bootTestKernel({
        plugins: [{ use: folder, config: { url: '${env:DATABASE}', maxConnections: 3 } }],
        env: { DATABASE: url },
      });
      try {
        assert.deepEqual(await kernel.use(Storage).query('SELECT 1 AS one'), [{ one: 1 }]);
        const tenant = await kernel.use(TenantStorage).tenant('default');
        assert.deepEqual(await tenant.query('SELECT 2 AS two'), [{ two: 2 }]);
        assert.deepEqual(await kernel.use(TenantAnalytics).query('SELECT 3 AS three'), [{ three: 3 }]);
        assert.deepEqual(await kernel.use(MigrationLedger).applied(), []);
        await kernel.use(StorageTransfer).snapshot(async ({ schema }) => assert.deepEqual(schema, []));
        await kernel.use(Signals).publish('news', 'hello');
        await kernel.use(TextSearch).open('notes');
        const password = new URL(url).password;
        assert.ok(password.length > 0 && !JSON.stringify(kernel.inspect()).includes(password));
      } finally {
        await kernel.close();
      }
      await close();
    });

    it('lets go of every connection, and is closed afterwards', async () => {
      const { storage: watcher, url, close } = await openTestStorage();
      const named = new URL(url);
      named.searchParams.set('application_name', 'af-test-plugin');
      const kernel = await bootTestKernel({ plugins: [{ use: folder, config: { url: named.href } }] });
      const storage = kernel.use(Storage);
      using _subscription = kernel.use(Signals).subscribe('news', () => {});
      await Promise.all([1, 2, 3].map(() => storage.query('SELECT pg_sleep(0.01)')));
      const connections = async (): Promise<number> => {
        const [row] = await watcher.query<{ n: number }>(
          "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE application_name = 'af-test-plugin'",
        );
        return row?.n ?? 0;
      };
      assert.ok((await connections()) >= 3);
      await kernel.close();
      while ((await connections()) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      await assert.rejects(storage.query('SELECT 1'), (error) =>
        isAgentFactoryError(error, 'AF_STORAGE_CLOSED'),
      );
      await close();
    });

    it('keeps the platform from starting when the server cannot be used, and says why', async () => {
      const config = { url: 'postgres://me:canary@127.0.0.1:1/agents' };
      await assert.rejects(bootTestKernel({ plugins: [{ use: folder, config }] }), (error) => {
        const text = inspect(error, { depth: 9 });
        return (
          text.includes('127.0.0.1:1/agents') && text.includes('ECONNREFUSED') && !text.includes('canary')
        );
      });
    });
  });
});
