import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  defaultTenant,
  StorageBackup,
  StorageTransfer,
  TenantStorage,
  VectorStore,
  type VectorCollection,
  type VectorHit,
  type VectorQuery,
} from '@agent-factory/sdk/contracts';
import {
  bootTestKernel,
  vectorStoreSuite,
  type TestKernel,
  type VectorStoreFixture,
} from '@agent-factory/sdk/testing';
import { freshPgvector } from '@agent-factory/test-servers';
import pg from 'pg';
import { indexTable, nearFunction, nearQuery, nearSettings } from '../src/index-parts.ts';
import { clusteredVectors } from './support/clustered-vectors.ts';
import { indexedStore, indexNow } from './support/index-now.ts';

const folder = dirname(import.meta.dirname);
const pluginFolder = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const postgres = pluginFolder('storage-postgres');
const backup = pluginFolder('storage-backup');
const space = 'test/clustered';
const dimensions = 48;

describe('vector-sql with pgvector', function () {
  this.timeout(180_000);
  let database: Awaited<ReturnType<typeof freshPgvector>>;
  /** With indexes, and without. */
  let indexing: TestKernel;
  let exact: TestKernel;
  let made = 0;

  const boot = (url: string, config: object): Promise<TestKernel> =>
    bootTestKernel({
      plugins: [{ use: postgres, config: { url } }, backup, { use: folder, config: { ...config } }],
    });
  /** A start that fails for want of pgvector. */
  const refused = (starting: Promise<TestKernel>): Promise<void> =>
    assert.rejects(starting, ({ cause }: Error) => isAgentFactoryError(cause, 'AF_VECTOR_SQL_PGVECTOR'));
  before(async () => {
    database = await freshPgvector();
    await sql('CREATE EXTENSION vector');
    indexing = await boot(database.url, { pgvector: 'require', indexFrom: 1 });
    exact = await boot(database.url, { pgvector: 'off' });
  });
  after(async () => {
    await exact?.close();
    await indexing?.close();
    await database?.close();
  });

  const newTenant = async (): Promise<string> => {
    const id = `p${++made}`;
    await indexing.use(TenantStorage).create(id);
    return id;
  };
  const collectionOf = (kernel: TestKernel, tenant: string, name = 'c'): VectorCollection =>
    kernel.use(VectorStore).tenant(tenant).collection(name);
  const putMany = async (
    collection: VectorCollection,
    vectors: readonly (readonly number[])[],
    id = 'd',
  ): Promise<void> => {
    for (let at = 0; at < vectors.length; at += 500)
      await collection.put({
        id: `${id}${at}`,
        fingerprint: '',
        space,
        chunks: vectors.slice(at, at + 500).map((vector, n) => ({
          title: '',
          text: `${at + n}`,
          meta: { tens: (at + n) % 10, one: at + n },
          vector,
        })),
      });
  };
  const namesOf = (hits: readonly VectorHit[]): readonly string[] =>
    hits.map(({ document, ordinal }) => `${document}/${ordinal}`);
  const sql = async <Row extends object>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> => {
    const client = new pg.Client({ connectionString: database.superuserUrl });
    await client.connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const indexOf = async (
    tenant: string,
    name = 'c',
  ): Promise<{ id: string; reached: number } | undefined> => {
    const handle = await indexing.use(TenantStorage).tenant(tenant);
    const [row] = await handle.query<{ id: string; reached: number }>(
      'SELECT id, reached FROM af_vector_sql_derived_indexes WHERE collection = ?',
      [name],
    );
    return row;
  };
  const countOf = async (tenant: string, id: string): Promise<number> => {
    const handle = await indexing.use(TenantStorage).tenant(tenant);
    const [row] = await handle.query<{ n: number }>(`SELECT count(*) AS n FROM ${indexTable(id)}`);
    return Number(row?.n);
  };

  describe('as a vector store whose collections all have an index', () => {
    const open = async (): Promise<VectorStoreFixture> => {
      const tenants = [await newTenant(), await newTenant()] as const;
      const store = indexedStore(indexing.use(VectorStore), () => indexNow(indexing));
      return {
        store,
        another: async () => store,
        tenants,
        async elapse(ms) {
          for (const id of tenants) {
            const handle = await indexing.use(TenantStorage).tenant(id);
            await handle.execute('UPDATE af_vector_sql_documents SET expires_at = expires_at - ?', [ms]);
          }
        },
        async close() {
          for (const id of tenants) await indexing.use(TenantStorage).erase(id);
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
      tenant = await newTenant();
      near = collectionOf(indexing, tenant);
      plain = collectionOf(exact, tenant);
      await putMany(near, vectors);
      await indexNow(indexing);
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
      const { id } = (await indexOf(tenant)) ?? { id: '' };
      const settings = Object.entries(nearSettings).map(([name, value]) => `SET LOCAL ${name} = '${value}'`);
      const wanted = `CAST('[${queries[0]?.join() ?? ''}]' AS halfvec)`;
      const client = new pg.Client({ connectionString: database.url });
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
      await indexNow(indexing);
      const { id = '' } = (await indexOf(tenant)) ?? {};
      assert.equal(await countOf(tenant, id), 2_501, 'what went is taken out');
      assert.ok((await recall({ limit: 10 })) >= 0.98);
    });

    it('shows another tenant nothing', async () => {
      const { id = '' } = (await indexOf(tenant)) ?? {};
      const other = await newTenant();
      const handle = await indexing.use(TenantStorage).tenant(other);
      const asked = `SELECT n.chunk FROM ${nearFunction(id)}(CAST(? AS halfvec), 5) AS n`;
      assert.deepEqual(await handle.query(asked, [`[${queries[0]?.join() ?? ''}]`]), []);
      assert.deepEqual(await handle.query(`SELECT key FROM ${indexTable(id)}`), []);
      assert.deepEqual(
        await collectionOf(indexing, other).search({
          vector: { space, values: queries[0] ?? [] },
          limit: 5,
        }),
        [],
      );
    });
  });

  describe('keeping its indexes', () => {
    const vectors = clusteredVectors(900, 8, { seed: 11 });
    const vector = { space, values: vectors[0] ?? [] };

    it('goes on where it was broken off, and is right at every moment', async () => {
      const tenant = await newTenant();
      const [near, plain] = [collectionOf(indexing, tenant), collectionOf(exact, tenant)];
      await putMany(near, vectors);
      for (let round = 0; round < 3; round++) {
        // The third look at the signal comes after the first batch.
        let looks = 0;
        const signal = new AbortController().signal;
        Object.defineProperty(signal, 'aborted', { get: () => ++looks > 4 });
        await indexNow(indexing, signal);
        assert.deepEqual(await near.search({ vector, limit: 20 }), await plain.search({ vector, limit: 20 }));
      }
      await indexNow(indexing);
      const { id = '' } = (await indexOf(tenant)) ?? {};
      assert.equal(await countOf(tenant, id), vectors.length);
      assert.deepEqual(await near.search({ vector, limit: 20 }), await plain.search({ vector, limit: 20 }));
    });

    it('removes an index with its collection, and that of a tenant with the tenant', async () => {
      const [one, two] = [await newTenant(), await newTenant()];
      for (const tenant of [one, two]) await putMany(collectionOf(indexing, tenant), vectors.slice(0, 5));
      await indexNow(indexing);
      const ids = [(await indexOf(one))?.id, (await indexOf(two))?.id];
      const tables = (): Promise<readonly object[]> =>
        sql('SELECT relname FROM pg_class WHERE relname = ANY ($1)', [ids.map((id) => indexTable(id ?? ''))]);
      assert.equal((await tables()).length, 2);
      await collectionOf(indexing, one).clear();
      await indexing.use(TenantStorage).erase(two);
      await indexNow(indexing);
      assert.deepEqual(await tables(), []);
    });
  });

  it('is copied to a database without pgvector, and back', async () => {
    const tenant = await newTenant();
    const vectors = clusteredVectors(300, 8, { seed: 17 });
    await putMany(collectionOf(indexing, tenant), vectors);
    const found = async (kernel: TestKernel): Promise<readonly string[]> =>
      namesOf(
        await collectionOf(kernel, tenant).search({
          vector: { space, values: vectors[0] ?? [] },
          limit: 20,
        }),
      );
    const expected = await found(exact);
    await indexNow(indexing);
    const sqlite = await bootTestKernel({ plugins: [pluginFolder('storage-sqlite'), folder, backup] });
    try {
      await indexing.use(StorageBackup).copyTo(sqlite.use(StorageTransfer));
      assert.deepEqual(await found(sqlite), expected);
      await sqlite.use(StorageBackup).copyTo(indexing.use(StorageTransfer), { replace: true });
    } finally {
      await sqlite.close();
    }
    assert.equal(await indexOf(tenant), undefined, 'an index is not trusted with rows it has not seen');
    assert.deepEqual(await found(indexing), expected);
    await indexNow(indexing);
    assert.equal((await indexOf(tenant))?.reached, vectors.length);
    assert.deepEqual(await found(indexing), expected);
  });

  // Suites inside run after what stands beside them, in order: this one is the last.
  describe('without its extension', () => {
    const vectors = clusteredVectors(900, 8, { seed: 13 });
    const vector = { space, values: vectors[0] ?? [] };

    before(async () => {
      const tenants = indexing.use(TenantStorage);
      for (const id of await tenants.list()) if (id !== defaultTenant) await tenants.erase(id);
    });

    it('compares every vector when it is gone, and makes the index anew when it is back', async () => {
      const tenant = await newTenant();
      const collection = collectionOf(indexing, tenant);
      const found = async (): Promise<readonly string[]> =>
        namesOf(await collection.search({ vector, limit: 10 }));
      await putMany(collection, vectors);
      const expected = await found();
      await indexNow(indexing);
      assert.deepEqual(await found(), expected);
      const { id } = (await indexOf(tenant)) ?? {};
      await sql('DROP EXTENSION vector CASCADE');
      assert.deepEqual(await found(), expected);
      assert.deepEqual(await indexNow(indexing), { indexed: 0, removed: 0 });
      await refused(boot(database.url, { pgvector: 'require' }));
      await (await boot(database.url, {})).close();
      await sql('CREATE EXTENSION vector');
      assert.deepEqual(await found(), expected);
      await indexNow(indexing);
      assert.notEqual((await indexOf(tenant))?.id, id);
      assert.deepEqual(await found(), expected);
    });
  });
});
