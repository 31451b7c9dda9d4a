import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { isLive, nowOf } from '@agent-factory/sdk/sql';
import type { MemoryDatabase } from './memory-tables.ts';

/** Number of the last message that was added to a conversation that is not over; `undefined` where there is none. */
export async function lastSeq(
  db: MemoryDatabase,
  database: SqlDatabase,
  conversation: string,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('af_memory_sql_conversations')
    .select('last_seq')
    .where('id', '=', conversation)
    .where(isLive(nowOf(database)))
    .executeTakeFirst();
  return row?.last_seq;
}
