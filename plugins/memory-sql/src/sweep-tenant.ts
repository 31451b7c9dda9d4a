import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { inConversation } from './in-conversation.ts';
import type { MemoryTables } from './memory-tables.ts';

const conversationsAtOnce = 100;
/** Messages of one transaction, so that a long conversation blocks nobody for long. */
const messagesAtOnce = 1_000;

/** Removes conversations of one tenant that are over, at most `limit`; gives how many went. */
export async function sweepTenant(database: SqlDatabase, limit: number): Promise<number> {
  const db = queryBuilder<MemoryTables>(database);
  let removed = 0;
  while (removed < limit) {
    const over = await db
      .selectFrom('af_memory_sql_conversations')
      .select(['id', 'trimmed_to', 'last_seq'])
      .where('expires_at', '<=', nowOf(database))
      .orderBy('expires_at')
      .limit(Math.min(conversationsAtOnce, limit - removed))
      .execute();
    let went = 0;
    for (const { id, trimmed_to: from, last_seq: last } of over) {
      for (let upTo = from + messagesAtOnce; upTo < last; upTo += messagesAtOnce)
        await removeMessages(database, id, upTo);
      went += await removeConversation(database, id);
    }
    if (went === 0) break;
    removed += went;
  }
  return removed;
}

/** Unless it began anew since, as every change of one that is over makes it. */
function removeMessages(database: SqlDatabase, id: string, upTo: number): Promise<unknown> {
  return inConversation(database, id, (db) =>
    db
      .deleteFrom('af_memory_sql_messages')
      .where('seq', '<=', upTo)
      .where('conversation', 'in', (eb) =>
        eb
          .selectFrom('af_memory_sql_conversations')
          .select('id')
          .where('id', '=', id)
          .where('expires_at', '<=', nowOf(database)),
      )
      .execute(),
  );
}

/** With the messages that are left. */
async function removeConversation(database: SqlDatabase, id: string): Promise<number> {
  const { numDeletedRows } = await inConversation(database, id, (db) =>
    db
      .deleteFrom('af_memory_sql_conversations')
      .where('id', '=', id)
      .where('expires_at', '<=', nowOf(database))
      .executeTakeFirst(),
  );
  return Number(numDeletedRows);
}
