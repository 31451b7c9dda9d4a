import {
  databaseNow,
  type Conversation,
  type MemoryWindow,
  type SqlDatabase,
} from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import { jsonColumn } from '@agent-factory/sdk/sql';

const text = jsonColumn<string>();

interface PartRow {
  readonly seq: number;
  readonly at: number | null;
  readonly body: string | null;
}

/**
 * Reads a conversation in one statement, so that a summary and the messages it does not cover are of one moment. The
 * first row, number 0, is the conversation itself. It is asked with every run: its text is put together, not built anew.
 */
export async function readConversation(
  database: SqlDatabase,
  conversation: string,
  { last, maxChars }: MemoryWindow,
): Promise<Conversation> {
  const live = `c.id = ? AND (c.expires_at IS NULL OR c.expires_at > (SELECT ${databaseNow(database.dialect)}))`;
  const conditions: string[] = [];
  const params: (string | number)[] = [conversation, conversation];
  if (last === undefined && maxChars === undefined) conditions.push('m.seq > coalesce(c.summary_up_to, 0)');
  if (last !== undefined) {
    conditions.push('m.seq > c.last_seq - ?');
    params.push(last);
  }
  if (maxChars !== undefined) {
    conditions.push('(m.chars_before >= c.chars - ? OR m.seq = c.last_seq)');
    params.push(maxChars);
  }
  const rows = await database.query<PartRow>(
    'SELECT c.last_seq AS seq, c.summary_up_to AS at, c.summary AS body, 0 AS part ' +
      `FROM af_memory_sql_conversations c WHERE ${live} UNION ALL ` +
      'SELECT m.seq, m.at, m.message, 1 FROM af_memory_sql_conversations c ' +
      `JOIN af_memory_sql_messages m ON m.conversation = c.id WHERE ${live} AND ${conditions.join(' AND ')} ` +
      'ORDER BY part, seq',
    params,
  );
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
