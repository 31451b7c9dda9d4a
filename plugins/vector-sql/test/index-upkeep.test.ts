import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { defaultTenant, StorageBackup, StorageTransfer, TenantStorage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { indexTable } from '../src/index-parts.ts';
import { clusteredVectors } from './support/clustered-vectors.ts';
import { indexNow } from './support/index-now.ts';
import {
  collectionOf,
  namesOf,
  openPgvector,
  pluginFolder,
  putMany,
  space,
  type PgvectorFixture,
} from './support/open-pgvector.ts';

const folder = dirname(import.meta.dirname);
const backup = pluginFolder('storage-backup');

describe('an index of pgvector', function () {
  this.timeout(180_000);
  let on: PgvectorFixture;
  before(async () => {
    on = await openPgvector();
  });
  after(() => on?.close());

  describe('keeping its indexes', () => {
    const vectors = clusteredVectors(900, 8, { seed: 11 });
    const vector = { space, values: vectors[0] ?? [] };

    it('goes on where it was broken off, and is right at every moment', async () => {
      const tenant = await on.newTenant();
      const [near, plain] = [collectionOf(on.indexing, tenant), collectionOf(on.exact, tenant)];
      await putMany(near, vectors);
      for (let round = 0; round < 3; round++) {
        // The third look at the signal comes after the first batch.
        let looks = 0;
        const signal = new AbortController().signal;
        Object.defineProperty(signal, 'aborted', { get: () => ++looks > 4 });
        await indexNow(on.indexing, signal);
        assert.deepEqual(await near.search({ vector, limit: 20 }), await plain.search({ vector, limit: 20 }));
      }
      await indexNow(on.indexing);
      const { id = '' } = (await on.indexOf(tenant)) ?? {};
      assert.equal(await on.countOf(tenant, id), vectors.length);
      assert.deepEqual(await near.search({ vector, limit: 20 }), await plain.search({ vector, limit: 20 }));
    });

    it('removes an index with its collection, and that of a tenant with the tenant', async () => {
      const [one, two] = [await on.newTenant(), await on.newTenant()];
      for (const tenant of [one, two]) await putMany(collectionOf(on.indexing, tenant), vectors.slice(0, 5));
      await indexNow(on.indexing);
      const ids = [(await on.indexOf(one))?.id, (await on.indexOf(two))?.id];
      const tables = (): Promise<readonly object[]> =>
        on.sql('SELECT relname FROM pg_class WHERE relname = ANY ($1)', [
          ids.map((id) => indexTable(id ?? '')),
        ]);
      assert.equal((await tables()).length, 2);
      await collectionOf(on.indexing, one).clear();
      await on.indexing.use(TenantStorage).erase(two);
      await indexNow(on.indexing);
      assert.deepEqual(await tables(), []);
    });
  });

  it('is copied to a database without pgvector, and back', async () => {
    const tenant = await on.newTenant();
    const vectors = clusteredVectors(300, 8, { seed: 17 });
    await putMany(collectionOf(on.indexing, tenant), vectors);
    const found = async (kernel: TestKernel): Promise<readonly string[]> =>
      namesOf(
        await collectionOf(kernel, tenant).search({
          vector: { space, values: vectors[0] ?? [] },
          limit: 20,
        }),
      );
    const expected = await found(on.exact);
    await indexNow(on.indexing);
    const sqlite = await bootTestKernel({ plugins: [pluginFolder('storage-sqlite'), folder, backup] });
    try {
      await on.indexing.use(StorageBackup).copyTo(sqlite.use(StorageTransfer));
      assert.deepEqual(await found(sqlite), expected);
      await sqlite.use(StorageBackup).copyTo(on.indexing.use(StorageTransfer), { replace: true });
    } finally {
      await sqlite.close();
    }
    assert.equal(await on.indexOf(tenant), undefined, 'an index is not trusted with rows it has not seen');
    assert.deepEqual(await found(on.indexing), expected);
    await indexNow(on.indexing);
    assert.equal((await on.indexOf(tenant))?.reached, vectors.length);
    assert.deepEqual(await found(on.indexing), expected);
  });

  // Suites inside run after what stands beside them, in order: this one is the last.
  describe('without its extension', () => {
    const vectors = clusteredVectors(900, 8, { seed: 13 });
    const vector = { space, values: vectors[0] ?? [] };

    before(async () => {
      const tenants = on.indexing.use(TenantStorage);
      for (const id of await tenants.list()) if (id !== defaultTenant) await tenants.erase(id);
    });

    it('compares every vector when it is gone, and makes the index anew when it is back', async () => {
      const tenant = await on.newTenant();
      const collection = collectionOf(on.indexing, tenant);
      const found = async (): Promise<readonly string[]> =>
        namesOf(await collection.search({ vector, limit: 10 }));
      await putMany(collection, vectors);
      const expected = await found();
      await indexNow(on.indexing);
      assert.deepEqual(await found(), expected);
      const { id } = (await on.indexOf(tenant)) ?? {};
      await on.sql('DROP EXTENSION vector CASCADE');
      assert.deepEqual(await found(), expected);
      assert.deepEqual(await indexNow(on.indexing), { indexed: 0, removed: 0 });
      await assert.rejects(on.boot({ pgvector: 'require' }), ({ cause }: Error) =>
        isAgentFactoryError(cause, 'AF_VECTOR_SQL_PGVECTOR'),
      );
      await (await on.boot({})).close();
      await on.sql('CREATE EXTENSION vector');
      assert.deepEqual(await found(), expected);
      await indexNow(on.indexing);
      assert.notEqual((await on.indexOf(tenant))?.id, id);
      assert.deepEqual(await found(), expected);
    });
  });
});
