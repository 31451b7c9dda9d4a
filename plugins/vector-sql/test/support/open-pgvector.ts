import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  TenantStorage,
  VectorStore,
  type VectorCollection,
  type VectorHit,
} from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { freshPgvector } from '@agent-factory/test-servers';
import pg from 'pg';
import { indexTable } from '../../src/index-parts.ts';

/** A database with pgvector, and two kernels on it. */
export interface PgvectorFixture {
  readonly url: string;
  /** Gives every collection an index. */
  readonly indexing: TestKernel;
  /** Knows no indexes. */
  readonly exact: TestKernel;
  /** Another kernel on the database. */
  boot(config: object): Promise<TestKernel>;
  newTenant(): Promise<string>;
  /** Runs a statement as the superuser. */
  sql<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** The index of a tenant's collection `c`. */
  indexOf(tenant: string): Promise<{ readonly id: string; readonly reached: number } | undefined>;
  /** How many vectors an index has. */
  countOf(tenant: string, id: string): Promise<number>;
  close(): Promise<void>;
}

/** Folder of one of our plugins. */
export const pluginFolder = (name: string): string =>
  fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** What the vectors of {@link putMany} were made by. */
export const space = 'test/clustered';

/** Opens an empty database with pgvector. */
export async function openPgvector(): Promise<PgvectorFixture> {
  const { url, superuserUrl, close } = await freshPgvector();
  const own = dirname(dirname(import.meta.dirname));
  const boot = (config: object): Promise<TestKernel> =>
    bootTestKernel({
      plugins: [
        { use: pluginFolder('storage-postgres'), config: { url } },
        { use: own, config: { ...config } },
        pluginFolder('storage-backup'),
      ],
    });
  const sql = async <Row extends object>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> => {
    const client = new pg.Client({ connectionString: superuserUrl });
    await client.connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  await sql('CREATE EXTENSION vector');
  const indexing = await boot({ pgvector: 'require', indexFrom: 1 });
  const exact = await boot({ pgvector: 'off' });
  const tenants = indexing.use(TenantStorage);
  let made = 0;
  return {
    url,
    indexing,
    exact,
    boot,
    sql,
    async newTenant() {
      const id = `p${++made}`;
      await tenants.create(id);
      return id;
    },
    async indexOf(tenant) {
      const [row] = await (
        await tenants.tenant(tenant)
      ).query<{ id: string; reached: number }>(
        "SELECT id, reached FROM af_vector_sql_derived_indexes WHERE collection = 'c'",
      );
      return row;
    },
    async countOf(tenant, id) {
      const [row] = await (
        await tenants.tenant(tenant)
      ).query<{ n: number }>(`SELECT count(*) AS n FROM ${indexTable(id)}`);
      return Number(row?.n);
    },
    async close() {
      await exact.close();
      await indexing.close();
      await close();
    },
  };
}

/** The collection `c` of a tenant. */
export function collectionOf(kernel: TestKernel, tenant: string): VectorCollection {
  return kernel.use(VectorStore).tenant(tenant).collection('c');
}

/** Puts vectors in, five hundred a document. */
export async function putMany(
  collection: VectorCollection,
  vectors: readonly (readonly number[])[],
): Promise<void> {
  for (let at = 0; at < vectors.length; at += 500)
    await collection.put({
      id: `d${at}`,
      fingerprint: '',
      space,
      chunks: vectors.slice(at, at + 500).map((vector, n) => ({
        title: '',
        text: `${at + n}`,
        meta: { tens: (at + n) % 10, one: at + n },
        vector,
      })),
    });
}

/** Where hits lie. */
export function namesOf(hits: readonly VectorHit[]): readonly string[] {
  return hits.map(({ document, ordinal }) => `${document}/${ordinal}`);
}
