import {
  databaseNow,
  type Conversation,
  type MemoryWindow,
  type SqlDatabase,
  type SqlDialect,
} from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import { jsonColumn } from '@agent-factory/sdk/sql';

const text = jsonColumn<string>();

interface MessageRow {
  readonly summary: string | null;
  readonly summary_up_to: number | null;
  /** Nothing where no message is shown. */
  readonly seq: number | null;
  readonly at: number;
  readonly message: string;
}

/**
 * Reads a conversation in one statement, so that a summary and the messages it does not cover are of one moment; every
 * row has the summary.
 */
export async function readConversation(
  database: SqlDatabase,
  conversation: string,
  { last, maxChars }: MemoryWindow,
): Promise<Conversation> {
  const rows = await database.query<MessageRow>(
    readText(database.dialect, last !== undefined, maxChars !== undefined),
    [conversation, ...(last === undefined ? [] : [last]), ...(maxChars === undefined ? [] : [maxChars])],
  );
  const [head] = rows;
  if (head === undefined) return { messages: [] };
  const messages = rows.flatMap(({ seq, at, message }) =>
    // As it was appended.
    seq === null ? [] : [{ seq, at, message: JSON.parse(message) as Message }],
  );
  if (head.summary === null || head.summary_up_to === null) return { messages };
  return { summary: { text: text.decode(head.summary), upTo: head.summary_up_to }, messages };
}

const readTexts = new Map<string, string>();

/**
 * The statement for a window. The conversation is found in a query of its own: SQLite plans a join or a union of two
 * tables anew for each value, which costs ten times what it takes to run.
 */
function readText(dialect: SqlDialect, hasLast: boolean, hasMaxChars: boolean): string {
  const key = `${dialect} ${hasLast} ${hasMaxChars}`;
  const known = readTexts.get(key);
  if (known !== undefined) return known;
  let shown = 'm.conversation = c.id';
  if (!hasLast && !hasMaxChars) shown += ' AND m.seq > coalesce(c.summary_up_to, 0)';
  if (hasLast) shown += ' AND m.seq > c.last_seq - ?';
  if (hasMaxChars) shown += ' AND (m.chars_before >= c.chars - ? OR m.seq = c.last_seq)';
  const made =
    'SELECT c.summary, c.summary_up_to, m.seq, m.at, m.message FROM (SELECT * FROM af_memory_sql_conversations ' +
    `WHERE id = ? AND (expires_at IS NULL OR expires_at > (SELECT ${databaseNow(dialect)})) LIMIT 1) c ` +
    `LEFT JOIN af_memory_sql_messages m ON ${shown} ORDER BY m.seq`;
  readTexts.set(key, made);
  return made;
}
