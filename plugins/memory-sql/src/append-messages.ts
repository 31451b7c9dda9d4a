import {
  databaseNow,
  keptMessages,
  type SqlDatabase,
  type SqlDialect,
  type SqlStatement,
} from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import { inConversation } from './in-conversation.ts';
import { lastSeq } from './last-seq.ts';

/** Rows of one INSERT: far fewer parts and parameters than engines take. */
const rowsAtOnce = 100;

/** Adds messages in one transaction; gives the number of the last. */
export function appendMessages(
  database: SqlDatabase,
  conversation: string,
  messages: readonly Message[],
  ttlMs: number,
): Promise<number> {
  const statements = appendStatements(database.dialect, conversation, messages, ttlMs);
  return inConversation(database, conversation, async (db, tx) => {
    for (const { sql, params } of statements) await tx.execute(sql, params);
    return (await lastSeq(db, database, conversation)) ?? 0;
  });
}

/**
 * What adds messages, wherever the conversation stands: one that is over goes, one that is not there begins, and the
 * next places are taken before they are used. Nobody else may write to the conversation in between.
 */
export function appendStatements(
  dialect: SqlDialect,
  conversation: string,
  messages: readonly Message[],
  ttlMs: number,
): readonly SqlStatement[] {
  const now = databaseNow(dialect);
  const kept = keptMessages(conversation, messages);
  const more = kept.reduce((sum, { chars }) => sum + chars, 0);
  const expiry = ttlMs === 0 ? 'NULL' : `${now} + ${ttlMs}`;
  const statements: SqlStatement[] = [
    {
      sql: `DELETE FROM af_memory_sql_conversations WHERE id = ? AND expires_at <= ${now}`,
      params: [conversation],
    },
    ...takePlaces(dialect, now, expiry, [conversation, kept.length, more]),
  ];
  let after = kept.length;
  let charsAfter = more;
  const rows = kept.map(({ text, chars }) => {
    after -= 1;
    const row = [after, charsAfter, text, conversation];
    charsAfter -= chars;
    return row;
  });
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const part = rows.slice(from, from + rowsAtOnce);
    statements.push({
      sql:
        'INSERT INTO af_memory_sql_messages (conversation, seq, at, chars_before, message) ' +
        part.map(() => oneRow).join(' UNION ALL '),
      params: part.flat(),
    });
  }
  return statements;
}

/** Its place counts from the end of the conversation. */
const oneRow =
  'SELECT id, last_seq - CAST(? AS BIGINT), updated_at, chars - CAST(? AS BIGINT), CAST(? AS TEXT) ' +
  'FROM af_memory_sql_conversations WHERE id = ?';

/** Begins a conversation that is not there, and takes the next places of one that is. */
function takePlaces(
  dialect: SqlDialect,
  now: string,
  expiry: string,
  [conversation, messages, chars]: readonly [string, number, number],
): readonly SqlStatement[] {
  const begin =
    'INSERT INTO af_memory_sql_conversations (id, last_seq, trimmed_to, chars, updated_at, expires_at)';
  if (dialect === 'sqlite')
    return [
      {
        sql:
          `${begin} VALUES (?, ?, 0, ?, ${now}, ${expiry}) ON CONFLICT (id) DO UPDATE SET ` +
          'last_seq = last_seq + excluded.last_seq, chars = chars + excluded.chars, ' +
          'updated_at = excluded.updated_at, expires_at = excluded.expires_at',
        params: [conversation, messages, chars],
      },
    ];
  // There the key has the tenant before the id, which no statement may name.
  return [
    { sql: `${begin} VALUES (?, 0, 0, 0, 0, NULL) ON CONFLICT DO NOTHING`, params: [conversation] },
    {
      sql:
        'UPDATE af_memory_sql_conversations SET last_seq = last_seq + ?, chars = chars + ?, ' +
        `updated_at = ${now}, expires_at = ${expiry} WHERE id = ?`,
      params: [messages, chars, conversation],
    },
  ];
}
