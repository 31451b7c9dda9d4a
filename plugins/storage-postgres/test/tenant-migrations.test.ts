import assert from 'node:assert/strict';
import type { Migration } from '@agent-factory/sdk/contracts';
import { openTestStorage } from './open-test-storage.ts';
import { refusal } from './refusal.ts';

const rows: Migration = {
  version: 1,
  name: 'create-rows',
  up: `CREATE TABLE af_test_rows ({{tenant.column}} id BIGINT NOT NULL, name TEXT NOT NULL, n BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY ({{tenant.key}} id), UNIQUE ({{tenant.key}} name))`,
  down: 'DROP TABLE af_test_rows',
};

for (const superuser of [false, true])
  describe(`a migration of tenants, ${superuser ? 'under a role of their own' : 'of the owner'}`, () => {
    it('refuses migrations that make tables beside those that are kept apart', async () => {
      const { tenants, ledger, close } = await openTestStorage({ superuser });
      for (const up of [
        'CREATE TABLE plain_notes ({{tenant.column}} id BIGINT, PRIMARY KEY ({{tenant.key}} id))',
        'CREATE TABLE "Af_notes" ({{tenant.column}} id BIGINT, PRIMARY KEY ({{tenant.key}} id))',
        'CREATE MATERIALIZED VIEW af_test_view AS SELECT 1 AS one',
      ]) {
        const migration = { version: 1, name: 'beside', up, down: '' };
        const error = await refusal(tenants.migrate('test', [migration]));
        assert.equal(error.code, 'AF_STORAGE_MIGRATION_FAILED');
        assert.match(error.message, /begins with af_/);
        const outside = await refusal(tenants.migrate('test', [{ ...migration, transactional: false }]));
        assert.match(outside.message, /outside a transaction/);
      }
      assert.deepEqual(await ledger.applied(), []);
      await close();
    });

    it('refuses a migration outside a transaction that would reach no rows', async () => {
      const { tenants, close } = await openTestStorage({ superuser });
      await tenants.migrate('test', [rows]);
      for (const up of ['UPDATE af_test_rows SET n = 1', 'WITH x AS (SELECT 1) DELETE FROM af_test_rows']) {
        const second = { version: 2, name: 'change', up, down: '', transactional: false };
        const error = await refusal(tenants.migrate('test', [rows, second]));
        assert.equal(error.code, 'AF_STORAGE_MIGRATION_FAILED');
        assert.match(error.message, /no tenant/);
      }
      await close();
    });
  });
