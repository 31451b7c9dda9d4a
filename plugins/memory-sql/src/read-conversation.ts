import type { Conversation, MemoryWindow, SqlDatabase } from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import { isLive, jsonColumn, nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import type { MemoryTables } from './memory-tables.ts';

const text = jsonColumn<string>();

/**
 * Reads a conversation in one statement, so that a summary and the messages it does not cover are of one moment. The
 * first row, number 0, is the conversation itself.
 */
export async function readConversation(
  database: SqlDatabase,
  conversation: string,
  { last, maxChars }: MemoryWindow,
): Promise<Conversation> {
  const db = queryBuilder<MemoryTables>(database);
  const live = isLive(nowOf(database), 'c.');
  const rows = await db
    .selectFrom('af_memory_sql_conversations as c')
    .select(['c.last_seq as seq', 'c.summary_up_to as at', 'c.summary as body', sql<number>`0`.as('part')])
    .where('c.id', '=', conversation)
    .where(live)
    .unionAll(
      db
        .selectFrom('af_memory_sql_conversations as c')
        .innerJoin('af_memory_sql_messages as m', 'm.conversation', 'c.id')
        .select(['m.seq as seq', 'm.at as at', 'm.message as body', sql<number>`1`.as('part')])
        .where('c.id', '=', conversation)
        .where(live)
        .$if(last === undefined && maxChars === undefined, (query) =>
          query.where((eb) => eb('m.seq', '>', eb.fn.coalesce('c.summary_up_to', sql<number>`0`))),
        )
        .$if(last !== undefined, (query) => query.where('m.seq', '>', sql<number>`c.last_seq - ${last}`))
        .$if(maxChars !== undefined, (query) =>
          query.where((eb) =>
            eb.or([
              eb('m.chars_before', '>=', sql<number>`c.chars - ${maxChars}`),
              eb('m.seq', '=', eb.ref('c.last_seq')),
            ]),
          ),
        ),
    )
    .orderBy('part')
    .orderBy('seq')
    .execute();
  const [head, ...rest] = rows;
  if (head === undefined) return { messages: [] };
  const messages = rest.map(({ seq, at, body }) => ({
    seq,
    at: at ?? 0,
    message: JSON.parse(body ?? 'null') as Message, // as it was appended
  }));
  if (head.body === null || head.at === null) return { messages };
  return { summary: { text: text.decode(head.body), upTo: head.at }, messages };
}
