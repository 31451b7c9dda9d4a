import assert from 'node:assert/strict';
import {
  TenantStorage,
  VectorStore,
  type VectorCollection,
  type VectorQuery,
} from '@agent-factory/sdk/contracts';
import { vectorStoreSuite, type VectorStoreFixture } from '@agent-factory/sdk/testing';
import pg from 'pg';
import { indexTable, nearFunction, nearQuery, nearSettings } from '../src/index-parts.ts';
import { clusteredVectors } from './support/clustered-vectors.ts';
import { indexedStore, indexNow } from './support/index-now.ts';
import {
  collectionOf,
  namesOf,
  openPgvector,
  putMany,
  space,
  type PgvectorFixture,
} from './support/open-pgvector.ts';

const dimensions = 48;

describe('vector-sql with pgvector', function () {
  this.timeout(180_000);
  let on: PgvectorFixture;
  before(async () => {
    on = await openPgvector();
  });
  after(() => on?.close());

  describe('as a vector store whose collections all have an index', () => {
    const open = async (): Promise<VectorStoreFixture> => {
      const tenants = [await on.newTenant(), await on.newTenant()] as const;
      const store = indexedStore(on.indexing.use(VectorStore), () => indexNow(on.indexing));
      return {
        store,
        another: async () => store,
        tenants,
        async elapse(ms) {
          for (const id of tenants) {
            const handle = await on.indexing.use(TenantStorage).tenant(id);
            await handle.execute('UPDATE af_vector_sql_documents SET expires_at = expires_at - ?', [ms]);
          }
        },
        async close() {
          for (const id of tenants) await on.indexing.use(TenantStorage).erase(id);
        },
      };
    };
    for (const { name, run } of vectorStoreSuite(open)) it(name, run);
  });

  describe('on a large collection', () => {
    const all = clusteredVectors(3_020, dimensions);
    const [vectors, queries] = [all.slice(0, 3_000), all.slice(3_000)];
    let tenant: string;
    let near: VectorCollection;
    let plain: VectorCollection;
    /** How many of what exact search finds is found, and whether each has the same score. */
    const recall = async (query: Omit<VectorQuery, 'vector'>): Promise<number> => {
      let [found, wanted] = [0, 0];
      for (const values of queries) {
        const asked = { ...query, vector: { space, values } };
        const [some, expected] = [await near.search(asked), await plain.search(asked)];
        const scores = new Map(expected.map((hit) => [`${hit.document}/${hit.ordinal}`, hit.score]));
        assert.equal(some.length, expected.length);
        for (const hit of some) {
          const score = scores.get(`${hit.document}/${hit.ordinal}`);
          if (score === undefined) continue;
          assert.equal(hit.score, score);
          found++;
        }
        wanted += expected.length;
      }
      return found / wanted;
    };

    before(async () => {
      tenant = await on.newTenant();
      near = collectionOf(on.indexing, tenant);
      plain = collectionOf(on.exact, tenant);
      await putMany(near, vectors);
      await indexNow(on.indexing);
    });

    it('finds what exact search finds, with its very scores', async () => {
      assert.ok((await recall({ limit: 10 })) >= 0.98);
      assert.ok((await recall({ limit: 100 })) >= 0.98);
    });

    it('loses no result to a filter', async () => {
      assert.ok((await recall({ limit: 10, filter: { tens: [3, 4] } })) >= 0.98);
      assert.equal(await recall({ limit: 10, filter: { one: [7, 1234, 2999] } }), 1);
      const none = { vector: { space, values: queries[0] ?? [] }, limit: 10, filter: { tens: 11 } };
      assert.deepEqual(await near.search(none), []);
    });

    it('keeps to the least likeness', async () => {
      assert.ok((await recall({ limit: 50, minLikeness: 0.7 })) >= 0.98);
      assert.ok((await recall({ limit: 20, minLikeness: 0.7, filter: { tens: 5 } })) >= 0.98);
    });

    it('uses the index under row-level security', async () => {
      const { id } = (await on.indexOf(tenant)) ?? { id: '' };
      const settings = Object.entries(nearSettings).map(([name, value]) => `SET LOCAL ${name} = '${value}'`);
      const wanted = `CAST('[${queries[0]?.join() ?? ''}]' AS halfvec)`;
      const client = new pg.Client({ connectionString: on.url });
      await client.connect();
      await client.query(`BEGIN; SET LOCAL af.tenant = '${tenant}'; ${settings.join(';')}`);
      await client.query(
        `PREPARE near (halfvec, bigint) AS ${nearQuery(id).replaceAll('wanted', '$1').replaceAll('most', '$2')}`,
      );
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN EXECUTE near (${wanted}, 100)`);
      await client.end();
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      assert.match(plan, new RegExp(`Index Scan using ${indexTable(id)}_near`));
      assert.match(plan, /Filter: \(tenant_id = /);
    });

    it('finds at once what came after the index, and nothing that went', async () => {
      const values = queries[0] ?? [];
      const vector = { space, values };
      const before = namesOf(await near.search({ vector, limit: 5 }));
      await near.put({
        id: 'new',
        fingerprint: '',
        space,
        chunks: [{ title: '', text: 'new', meta: {}, vector: values }],
      });
      assert.deepEqual(namesOf(await near.search({ vector, limit: 5 })), ['new/0', ...before.slice(0, 4)]);
      await near.remove(['new']);
      assert.deepEqual(namesOf(await near.search({ vector, limit: 5 })), before);
      await near.put({
        id: 'd500',
        fingerprint: '',
        space,
        chunks: [{ title: '', text: 'less', meta: {}, vector: values }],
      });
      assert.equal(namesOf(await near.search({ vector, limit: 5 }))[0], 'd500/0');
      assert.ok((await recall({ limit: 10 })) >= 0.98);
      await indexNow(on.indexing);
      const { id = '' } = (await on.indexOf(tenant)) ?? {};
      assert.equal(await on.countOf(tenant, id), 2_501, 'what went is taken out');
      assert.ok((await recall({ limit: 10 })) >= 0.98);
    });

    it('shows another tenant nothing', async () => {
      const { id = '' } = (await on.indexOf(tenant)) ?? {};
      const other = await on.newTenant();
      const handle = await on.indexing.use(TenantStorage).tenant(other);
      const asked = `SELECT n.chunk FROM ${nearFunction(id)}(CAST(? AS halfvec), 5) AS n`;
      assert.deepEqual(await handle.query(asked, [`[${queries[0]?.join() ?? ''}]`]), []);
      assert.deepEqual(await handle.query(`SELECT key FROM ${indexTable(id)}`), []);
      assert.deepEqual(
        await collectionOf(on.indexing, other).search({
          vector: { space, values: queries[0] ?? [] },
          limit: 5,
        }),
        [],
      );
    });
  });
});
