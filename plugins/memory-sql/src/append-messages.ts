import { keptMessages, type SqlDatabase } from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import { isLive, nowOf } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { inConversation } from './in-conversation.ts';
import type { MemoryDatabase, MessageRow } from './memory-tables.ts';

/** Rows of one INSERT; five parameters each stay far below what engines take. */
const rowsAtOnce = 500;

/** Adds messages in one transaction; gives the number of the last. */
export async function appendMessages(
  database: SqlDatabase,
  conversation: string,
  messages: readonly Message[],
  ttlMs: number,
): Promise<number> {
  const kept = keptMessages(conversation, messages);
  const chars = kept.reduce((sum, message) => sum + message.chars, 0);
  const now = nowOf(database);

  return inConversation(database, conversation, async (db) => {
    /** Takes the places; undefined where there is no conversation, or one that is over. */
    const takePlaces = (): Promise<{ last_seq: number; chars: number; updated_at: number } | undefined> =>
      db
        .updateTable('af_memory_sql_conversations')
        .set({
          last_seq: sql<number>`last_seq + ${kept.length}`,
          chars: sql<number>`chars + ${chars}`,
          updated_at: now,
          expires_at: ttlMs === 0 ? null : sql<number>`${now} + ${ttlMs}`,
        })
        .where('id', '=', conversation)
        .where(isLive(now))
        .returning(['last_seq', 'chars', 'updated_at'])
        .executeTakeFirst();

    let places = await takePlaces();
    if (places === undefined) {
      await beginConversation(db, conversation, now);
      places = await takePlaces();
    }
    if (places === undefined) throw new Error('a conversation vanished inside its transaction');
    const { last_seq: last, updated_at: at } = places;
    let charsBefore = places.chars - chars;
    const rows = kept.map(({ text, chars: own }, index): MessageRow => {
      const row = {
        conversation,
        seq: last - kept.length + index + 1,
        at,
        chars_before: charsBefore,
        message: text,
      };
      charsBefore += own;
      return row;
    });
    for (let index = 0; index < rows.length; index += rowsAtOnce)
      await db
        .insertInto('af_memory_sql_messages')
        .values(rows.slice(index, index + rowsAtOnce))
        .execute();
    return last;
  });
}

/** Removes one that is over, and begins it. */
async function beginConversation(
  db: MemoryDatabase,
  id: string,
  now: ReturnType<typeof nowOf>,
): Promise<void> {
  await db
    .deleteFrom('af_memory_sql_conversations')
    .where('id', '=', id)
    .where('expires_at', '<=', now)
    .execute();
  await db
    .insertInto('af_memory_sql_conversations')
    .values({
      id,
      last_seq: 0,
      trimmed_to: 0,
      chars: 0,
      updated_at: now,
      expires_at: null,
      summary: null,
      summary_up_to: null,
    })
    .execute();
}
