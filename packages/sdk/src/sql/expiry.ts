import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { databaseNow, type SqlDatabase } from '../contracts/storage.ts';

/** Now, by the database's clock; as a subquery, so that it is asked once and an index can be compared with it. */
export function nowOf({ dialect }: Pick<SqlDatabase, 'dialect'>): RawBuilder<number> {
  return sql<number>`(SELECT ${sql.raw(databaseNow(dialect))})`;
}

/** Whether a row is not over, by its column `expires_at`, null for never. `prefix` is the table's alias with a dot. */
export function isLive(now: RawBuilder<number>, prefix = ''): RawBuilder<SqlBool> {
  const expiry = sql.ref(`${prefix}expires_at`);
  return sql<SqlBool>`(${expiry} IS NULL OR ${expiry} > ${now})`;
}
