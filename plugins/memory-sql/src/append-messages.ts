import { isAgentFactoryError, type ErrorCode } from '@agent-factory/sdk';
import {
  databaseNow,
  keptMessages,
  type SqlDatabase,
  type SqlDialect,
  type SqlStatement,
} from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import { inConversation } from './in-conversation.ts';

/** Rows of one INSERT; six parameters each stay far below what engines take. */
const rowsAtOnce = 500;

/** Where a conversation stands. */
interface Place {
  readonly last_seq: number;
  readonly chars: number;
}

/** What is to be added to a conversation. */
interface Addition {
  readonly conversation: string;
  readonly kept: ReturnType<typeof keptMessages>;
  readonly ttlMs: number;
}

/** Somebody else was quicker. */
const overtaken: readonly ErrorCode[] = ['AF_STORAGE_GUARD_FAILED', 'AF_STORAGE_CONSTRAINT'];

/**
 * Adds messages in one transaction; gives the number of the last. On SQLite in one batch that holds only if the
 * conversation still stands where it was: hardly ever does anybody else add to it at the same moment, and who was
 * overtaken waits for its turn. On PostgreSQL every change waits for its turn, or it would break those of others.
 */
export async function appendMessages(
  database: SqlDatabase,
  conversation: string,
  messages: readonly Message[],
  ttlMs: number,
): Promise<number> {
  const { dialect } = database;
  const addition = { conversation, kept: keptMessages(conversation, messages), ttlMs };
  const [sql, params] = placeOf(dialect, conversation);
  if (dialect === 'sqlite') {
    const [place] = await database.query<Place>(sql, params);
    try {
      await database.batch(statementsOf(dialect, addition, place));
      return (place?.last_seq ?? 0) + messages.length;
    } catch (error) {
      if (!overtaken.some((code) => isAgentFactoryError(error, code))) throw error;
    }
  }
  return inConversation(database, conversation, async (_db, tx) => {
    const [now] = await tx.query<Place>(sql, params);
    for (const statement of statementsOf(dialect, addition, now))
      await tx.execute(statement.sql, statement.params);
    return (now?.last_seq ?? 0) + messages.length;
  });
}

function placeOf(dialect: SqlDialect, conversation: string): [sql: string, params: readonly string[]] {
  const live = `(expires_at IS NULL OR expires_at > (SELECT ${databaseNow(dialect)}))`;
  return [`SELECT last_seq, chars FROM af_memory_sql_conversations WHERE id = ? AND ${live}`, [conversation]];
}

/** Takes the next places of a conversation that stands there, or begins one where there is none, or one that is over. */
function statementsOf(
  dialect: SqlDialect,
  { conversation, kept, ttlMs }: Addition,
  place: Place | undefined,
): readonly SqlStatement[] {
  const now = databaseNow(dialect);
  const expiry = ttlMs === 0 ? 'NULL' : `${now} + ${ttlMs}`;
  const { last_seq: last, chars } = place ?? { last_seq: 0, chars: 0 };
  const more = kept.reduce((sum, message) => sum + message.chars, 0);
  const taking: readonly SqlStatement[] = place
    ? [
        {
          sql:
            `UPDATE af_memory_sql_conversations SET last_seq = ?, chars = ?, updated_at = ${now}, ` +
            `expires_at = ${expiry} WHERE id = ? AND last_seq = ?`,
          params: [last + kept.length, chars + more, conversation, last],
          changes: 1,
        },
      ]
    : [
        {
          sql: `DELETE FROM af_memory_sql_conversations WHERE id = ? AND expires_at <= ${now}`,
          params: [conversation],
        },
        {
          sql:
            'INSERT INTO af_memory_sql_conversations (id, last_seq, trimmed_to, chars, updated_at, expires_at) ' +
            `VALUES (?, ?, 0, ?, ${now}, ${expiry})`,
          params: [conversation, kept.length, more],
        },
      ];
  const rows: (readonly (string | number)[])[] = [];
  let before = chars;
  for (const [index, { text, chars: own }] of kept.entries()) {
    rows.push([conversation, last + index + 1, conversation, before, text]);
    before += own;
  }
  return [...taking, ...insertsOf(rows)];
}

function insertsOf(rows: readonly (readonly (string | number)[])[]): readonly SqlStatement[] {
  const marks = '(?, ?, (SELECT updated_at FROM af_memory_sql_conversations WHERE id = ?), ?, ?)';
  const statements: SqlStatement[] = [];
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const part = rows.slice(from, from + rowsAtOnce);
    statements.push({
      sql:
        'INSERT INTO af_memory_sql_messages (conversation, seq, at, chars_before, message) VALUES ' +
        part.map(() => marks).join(', '),
      params: part.flat(),
    });
  }
  return statements;
}
