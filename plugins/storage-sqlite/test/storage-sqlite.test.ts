import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  MigrationLedger,
  Storage,
  StorageTransfer,
  TenantAnalytics,
  TenantStorage,
  TextSearch,
} from '@agent-factory/sdk/contracts';
import {
  bootTestKernel,
  migrationLedgerSuite,
  storageSuite,
  storageTransferSuite,
  tenantStorageSuite,
  textSearchSuite,
} from '@agent-factory/sdk/testing';
import { createSqliteTextSearch } from '../src/sqlite-text-search.ts';
import { openTestPlatform, openTestStorage } from './open-test-storage.ts';

const folder = dirname(import.meta.dirname);

describe('storage-sqlite', () => {
  describe('as a storage', () => {
    for (const { name, run } of storageSuite(openTestStorage)) it(name, run);
  });

  describe('as a storage of tenants', () => {
    for (const { name, run } of tenantStorageSuite(openTestPlatform)) it(name, run);
  });

  describe('as a ledger of migrations', () => {
    for (const { name, run } of migrationLedgerSuite(openTestPlatform)) it(name, run);
  });

  describe('as a source and target of transfers', () => {
    for (const { name, run } of storageTransferSuite(openTestPlatform)) it(name, run);
  });

  describe('as a text search', () => {
    const suite = textSearchSuite(async () => {
      const { storage, close } = await openTestStorage();
      return { textSearch: createSqliteTextSearch(storage), close };
    });
    for (const { name, run } of suite) it(name, run);
  });

  describe('as a plugin', () => {
    it('provides storage and text search on a file in the data folder', async () => {
      const kernel = await bootTestKernel({ plugins: [folder] });
      try {
        assert.deepEqual(await kernel.use(Storage).query('SELECT 1 AS one'), [{ one: 1 }]);
        const index = await kernel.use(TextSearch).open('notes');
        await index.replace('a', '1', [{ id: 'a1', group: 'a', title: 'A', text: 'searched', meta: {} }]);
        assert.equal((await index.search('searching', { limit: 5 })).length, 1);
        assert.ok(existsSync(join(kernel.dataDir, 'agent-factory.db')));
      } finally {
        await kernel.close();
      }
    });

    it('provides tenants in files beside it, and nothing of its own inside', async () => {
      const kernel = await bootTestKernel({ plugins: [folder] });
      try {
        const tenants = kernel.use(TenantStorage);
        assert.deepEqual(Object.keys(tenants).sort(), ['create', 'erase', 'list', 'migrate', 'tenant']);
        await tenants.create('acme');
        await (await tenants.tenant('acme')).execute('CREATE TABLE af_test_rows (id INTEGER PRIMARY KEY)');
        assert.ok(existsSync(join(kernel.dataDir, 'tenants', 'acme.db')));
        const sql =
          "SELECT {{tenant.id}} AS tenant, COUNT(*) AS n FROM pragma_table_list WHERE name = 'af_test_rows'";
        assert.deepEqual(await kernel.use(TenantAnalytics).query(sql), [
          { tenant: 'acme', n: 1 },
          { tenant: 'default', n: 0 },
        ]);
        assert.deepEqual(await kernel.use(MigrationLedger).applied(), []);
        const tables = await kernel.use(StorageTransfer).snapshot((snapshot) => snapshot.tables('acme'));
        assert.deepEqual(tables, [{ name: 'af_test_rows', columns: ['id'], key: ['id'] }]);
      } finally {
        await kernel.close();
      }
    });

    it('opens the file named in the configuration, and lets go of it', async () => {
      const baseDir = await mkdtemp(join(tmpdir(), 'agent-factory-sqlite-'));
      const config = { file: './state/own.db', durability: 'fsync' };
      const kernel = await bootTestKernel({ plugins: [{ use: folder, config }], baseDir });
      const storage = kernel.use(Storage);
      try {
        assert.deepEqual(await storage.query('PRAGMA synchronous'), [{ synchronous: 2 }]);
      } finally {
        await kernel.close();
      }
      assert.ok(existsSync(join(baseDir, 'state', 'own.db')));
      assert.ok(!existsSync(join(baseDir, 'state', 'own.db-wal')));
      await assert.rejects(storage.query('SELECT 1'), (error) =>
        isAgentFactoryError(error, 'AF_STORAGE_CLOSED'),
      );
      await rm(baseDir, { recursive: true, force: true });
    });

    it('keeps the platform from starting when its file cannot be used, and says why', async () => {
      const kernel = bootTestKernel({ plugins: [{ use: folder, config: { file: tmpdir() } }] });
      await assert.rejects(
        kernel,
        (error) => error instanceof Error && error.message.includes('it is a folder'),
      );
    });
  });
});
