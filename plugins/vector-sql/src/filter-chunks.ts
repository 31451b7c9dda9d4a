import type { SqlDialect, VectorFilter } from '@agent-factory/sdk/contracts';
import { jsonNumber, jsonText } from '@agent-factory/sdk/sql';
import { sql, type RawBuilder, type SqlBool } from 'kysely';

/** What a filter asks of the column `meta`, as conditions that must all hold. */
export function filterConditions(dialect: SqlDialect, filter: VectorFilter): readonly RawBuilder<SqlBool>[] {
  const meta = sql.ref('c.meta');
  return Object.entries(filter).map(([name, wanted]) => {
    const values = typeof wanted === 'object' ? wanted : [wanted];
    const texts = values.filter((value) => typeof value === 'string');
    const numbers = values.filter((value) => typeof value === 'number');
    const parts = [
      ...(texts.length > 0 ? [sql`${jsonText(dialect, meta, [name])} IN (${sql.join(texts)})`] : []),
      ...(numbers.length > 0 ? [sql`${jsonNumber(dialect, meta, [name])} IN (${sql.join(numbers)})`] : []),
    ];
    return parts.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`(${sql.join(parts, sql` OR `)})`;
  });
}
