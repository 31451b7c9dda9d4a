import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { TenantStorage, VectorStore } from '@agent-factory/sdk/contracts';
import {
  bootTwoKernels,
  rollBack,
  vectorStoreSuite,
  type TwoKernels,
  type VectorStoreFixture,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(import.meta.dirname);

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`vector-sql on ${name}`, () => {
    let storage: FreshStorage;
    /** The second has no room to keep vectors in memory. */
    let kernels: TwoKernels;
    before(async function () {
      this.timeout(60_000);
      storage = await open();
      kernels = await bootTwoKernels(storage.plugin, folder, { use: folder, config: { cacheBytes: 0 } });
    });
    after(async () => {
      await kernels?.close();
      await storage?.close();
    });

    const openStore = async (): Promise<VectorStoreFixture> => {
      const { tenants, each, close } = await kernels.openTenants();
      return {
        store: kernels.kernel.use(VectorStore),
        another: async () => kernels.other.use(VectorStore),
        tenants,
        elapse: (ms) =>
          each((database) =>
            database.execute('UPDATE af_vector_sql_documents SET expires_at = expires_at - ?', [ms]),
          ),
        close,
      };
    };

    describe('as a vector store', () => {
      for (const { name: says, run } of vectorStoreSuite(openStore)) it(says, run);
    });

    it('gives the same from memory, from the database, and from a plain loop', async () => {
      const {
        store,
        another,
        tenants: [tenant],
        close,
      } = await openStore();
      let seed = 7;
      const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
      const vectors = Array.from({ length: 300 }, () => Array.from({ length: 13 }, random));
      const collection = store.tenant(tenant).collection('many');
      for (let part = 0; part < 3; part++)
        await collection.put({
          id: `d${part}`,
          fingerprint: '',
          space: 's',
          chunks: vectors.slice(part * 100, part * 100 + 100).map((vector, n) => ({
            title: '',
            text: `${part * 100 + n}`,
            meta: {},
            vector,
          })),
        });
      const length = (v: readonly number[]): number => Math.hypot(...v);
      const query = Array.from({ length: 13 }, random);
      const cosine = (v: readonly number[]): number =>
        v.reduce((sum, value, n) => sum + value * (query[n] ?? 0), 0) / length(v) / length(query);
      const expected = vectors
        .map((vector, n) => ({ n, likeness: cosine(vector) }))
        .sort((a, b) => b.likeness - a.likeness)
        .slice(0, 20);
      for (const one of [store, await another()]) {
        const hits = await one
          .tenant(tenant)
          .collection('many')
          .search({ vector: { space: 's', values: query }, limit: 20 });
        assert.deepEqual(
          hits.map(({ text }) => Number(text)),
          expected.map(({ n }) => n),
        );
        for (const [at, { likeness = 0 }] of hits.entries())
          assert.ok(Math.abs(likeness - (expected[at]?.likeness ?? 0)) < 1e-5);
      }
      await close();
    });

    it('shows a tenant nothing of one that was erased and had its name', async () => {
      const store = kernels.kernel.use(VectorStore);
      const tenants = kernels.kernel.use(TenantStorage);
      const id = 'again';
      const search = async (): Promise<readonly string[]> =>
        (
          await store
            .tenant(id)
            .collection('c')
            .search({ vector: { space: 's', values: [1, 0] }, limit: 9 })
        ).map(({ text }) => text);
      for (const text of ['first', 'second']) {
        await tenants.create(id);
        const chunks = [{ title: '', text, meta: {}, vector: [1, 0] }];
        await store.tenant(id).collection('c').put({ id: text, fingerprint: '', space: 's', chunks });
        assert.deepEqual(await search(), [text]);
        await tenants.erase(id);
      }
    });

    // Suites inside run after what stands beside them, in order: this one is the last.
    describe('at the end', () => {
      it('has a way back', async () => {
        assert.deepEqual(await rollBack(kernels.kernel, 'vector-sql', 'tenant'), [
          'create-indexes',
          'fold-capitals',
          'create-vectors',
        ]);
      });
    });
  });
}
