import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { changing, keysOver, removeEntries } from './change-entries.ts';
import type { DataTables } from './data-tables.ts';

const removedAtOnce = 500;

/** Removes entries of one tenant that are over, at most `limit`; gives how many went. */
export async function sweepTenant(database: SqlDatabase, limit: number, tenant: string): Promise<number> {
  if (limit <= 0) return 0;
  const owners = await queryBuilder<DataTables>(database)
    .selectFrom('af_data_sql_entries')
    .select('plugin')
    .distinct()
    .where('expires_at', '<=', nowOf(database))
    .execute();
  let removed = 0;
  for (const { plugin } of owners) {
    for (let went = removedAtOnce; went === removedAtOnce && removed < limit; removed += went) {
      // What began anew since is not over: it is looked at under the lock.
      went = await changing(database, { plugin, tenant }, async (db) => {
        const over = await keysOver(db, database, plugin, Math.min(removedAtOnce, limit - removed));
        return over.length === 0 ? 0 : removeEntries(db, plugin, over);
      });
    }
  }
  return removed;
}
