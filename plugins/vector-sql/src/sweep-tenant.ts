import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { dropIfEmpty, inCollection, removeDocuments } from './change-collection.ts';
import type { VectorTables } from './vector-tables.ts';

const documentsAtOnce = 200;

/** Removes documents of one tenant that are over, at most `limit`; gives how many went. */
export async function sweepTenant(database: SqlDatabase, limit: number, tenant: string): Promise<number> {
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
