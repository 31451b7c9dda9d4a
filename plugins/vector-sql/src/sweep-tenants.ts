import { isAgentFactoryError } from '@agent-factory/sdk';
import type { SqlDatabase, TenantStorage } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { dropIfEmpty, inCollection, removeDocuments } from './change-collection.ts';
import { nowOf, type VectorTables } from './vector-tables.ts';

const documentsAtOnce = 200;

/** Removes what is over, tenant after tenant; it goes on where the last time ended, so that a busy one keeps none waiting. */
export function createTenantSweep(tenants: TenantStorage): (limit: number) => Promise<number> {
  let sweptTo: string | undefined;
  const from = async (after: string | undefined, limit: number): Promise<number> => {
    const ids = await tenants.list({ ...(after !== undefined && { after }), limit: 100 });
    let removed = 0;
    for (const id of ids) {
      const database = await tenants.tenant(id).catch(unlessErased);
      if (database !== undefined) removed += await sweepTenant(database, id, limit - removed);
      if (removed >= limit) return removed;
      sweptTo = id;
    }
    if (ids.length > 0) return removed + (await from(sweptTo, limit - removed));
    sweptTo = undefined;
    return removed;
  };
  return async (limit) => {
    const startedAt = sweptTo;
    const removed = await from(startedAt, limit);
    return startedAt === undefined || removed >= limit
      ? removed
      : removed + (await from(undefined, limit - removed));
  };
}

async function sweepTenant(database: SqlDatabase, tenant: string, limit: number): Promise<number> {
  let removed = 0;
  while (removed < limit) {
    const over = await queryBuilder<VectorTables>(database)
      .selectFrom('af_vector_sql_documents')
      .select(['collection', 'id'])
      .where('expires_at', '<=', nowOf(database))
      .orderBy('expires_at')
      .limit(Math.min(documentsAtOnce, limit - removed))
      .execute();
    let went = 0;
    const collections = Map.groupBy(over, ({ collection }) => collection);
    for (const [collection, rows] of collections)
      went += await inCollection(database, { tenant, collection }, async (db) => {
        // One that was put anew since is not over any more.
        const still = await db
          .selectFrom('af_vector_sql_documents')
          .select('id')
          .where('collection', '=', collection)
          .where(
            'id',
            'in',
            rows.map(({ id }) => id),
          )
          .where('expires_at', '<=', nowOf(database))
          .execute();
        const gone = await removeDocuments(
          db,
          collection,
          still.map(({ id }) => id),
        );
        await dropIfEmpty(db, collection);
        return gone;
      });
    if (went === 0) break;
    removed += went;
  }
  return removed;
}

function unlessErased(error: unknown): undefined {
  if (!isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) throw error;
}
