import type { JsonObject, Logger } from '@agent-factory/sdk';
import {
  checkCollectionName,
  checkVectorDocument,
  checkVectorQuery,
  createTenantSweep,
  readMigrations,
  type SqlDialect,
  type TenantStorage,
  type TenantVectors,
  type VectorCollection,
  type VectorStore,
} from '@agent-factory/sdk/contracts';
import { isLive, nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { dropIfEmpty, inCollection, putDocument, removeDocuments } from './change-collection.ts';
import type { SearchContext } from './find-near.ts';
import { searchCollection } from './search-collection.ts';
import { sweepTenant } from './sweep-tenant.ts';
import { createVectorCache } from './vector-cache.ts';
import type { VectorTables } from './vector-tables.ts';

/** How vectors are kept. */
export interface SqlVectorOptions {
  /** Most memory for vectors that were searched lately, in bytes. */
  readonly cacheBytes: number;
  /** Whether indexes of pgvector are searched, where there are any. */
  readonly indexed: boolean;
  readonly log: Logger;
}

/** Creates the tables in every tenant, and the store on them. */
export async function createSqlVectorStore(
  tenants: TenantStorage,
  dialect: SqlDialect,
  { cacheBytes, indexed, log }: SqlVectorOptions,
): Promise<VectorStore> {
  const folder = new URL('../migrations', import.meta.url);
  await tenants.migrate('vector-sql', readMigrations(folder, dialect, 'tenant'));
  const context = { cache: createVectorCache(cacheBytes), indexed, gone: new Set<string>(), log };
  const sweep = createTenantSweep(tenants, sweepTenant);
  return {
    tenant: (id) => tenantVectors(tenants, id, context),
    sweep: ({ limit = 1_000 } = {}) => sweep(limit),
  };
}

function tenantVectors(tenants: TenantStorage, tenant: string, context: SearchContext): TenantVectors {
  return {
    collection(name) {
      checkCollectionName(name);
      return openCollection(tenants, tenant, name, context);
    },
    async collections({ prefix = '', after = '', limit = 1_000 } = {}) {
      const database = await tenants.tenant(tenant);
      const rows = await queryBuilder<VectorTables>(database)
        .selectFrom('af_vector_sql_collections')
        .select('name')
        .where('name', '>', after)
        .where('name', '>=', prefix)
        .where('name', '<', `${prefix}\u{10ffff}`)
        .orderBy('name')
        .limit(Math.min(Math.max(Math.floor(limit), 1), 10_000))
        .execute();
      return rows.map(({ name }) => name);
    },
  };
}

function openCollection(
  tenants: TenantStorage,
  tenant: string,
  collection: string,
  context: SearchContext,
): VectorCollection {
  const place = { tenant, collection };
  return {
    async documents({ ids, after = '', limit = 1_000 } = {}) {
      if (ids?.length === 0) return [];
      const database = await tenants.tenant(tenant);
      const rows = await queryBuilder<VectorTables>(database)
        .selectFrom('af_vector_sql_documents')
        .select(['id', 'fingerprint', 'space', 'chunks', 'expires_at'])
        .where('collection', '=', collection)
        .where('id', '>', after)
        .$if(ids !== undefined, (asked) => asked.where('id', 'in', ids ?? []))
        .where(isLive(nowOf(database)))
        .orderBy('id')
        .limit(Math.min(Math.max(Math.floor(limit), 1), 10_000))
        .execute();
      return rows.map(({ id, fingerprint, space, chunks, expires_at: end }) => ({
        id,
        fingerprint,
        chunks,
        ...(space !== null && { space }),
        ...(end !== null && { expiresAt: end }),
      }));
    },
    async put(document) {
      checkVectorDocument(collection, document);
      await inCollection(await tenants.tenant(tenant), place, (db) => putDocument(db, collection, document));
    },
    async read(document) {
      const database = await tenants.tenant(tenant);
      const rows = await queryBuilder<VectorTables>(database)
        .selectFrom('af_vector_sql_chunks as c')
        .innerJoin('af_vector_sql_documents as d', (join) =>
          join.onRef('d.collection', '=', 'c.collection').onRef('d.id', '=', 'c.document'),
        )
        .select(['c.title', 'c.text', 'c.meta'])
        .where('c.collection', '=', collection)
        .where('c.document', '=', document)
        .where(isLive(nowOf(database), 'd.'))
        .orderBy('c.ordinal')
        .execute();
      return rows.map((row) => ({ ...row, meta: JSON.parse(row.meta) as JsonObject })); // written from one
    },
    async remove(documents) {
      if (documents.length === 0) return 0;
      return inCollection(await tenants.tenant(tenant), place, async (db) => {
        const removed = await removeDocuments(db, collection, documents);
        await dropIfEmpty(db, collection);
        return removed;
      });
    },
    async search(query) {
      checkVectorQuery(collection, query);
      return searchCollection(await tenants.tenant(tenant), collection, query, context);
    },
    async usage() {
      const database = await tenants.tenant(tenant);
      const row = await queryBuilder<VectorTables>(database)
        .selectFrom('af_vector_sql_documents')
        .select((eb) => [eb.fn.countAll<number>().as('documents'), eb.fn.sum<number>('chunks').as('chunks')])
        .where('collection', '=', collection)
        .where(isLive(nowOf(database)))
        .executeTakeFirst();
      return { documents: Number(row?.documents ?? 0), chunks: Number(row?.chunks ?? 0) };
    },
    async clear() {
      await inCollection(await tenants.tenant(tenant), place, async (db) => {
        await db.deleteFrom('af_vector_sql_chunks').where('collection', '=', collection).execute();
        await db.deleteFrom('af_vector_sql_documents').where('collection', '=', collection).execute();
        await dropIfEmpty(db, collection);
      });
    },
  };
}
