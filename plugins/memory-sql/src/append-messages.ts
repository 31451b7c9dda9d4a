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
 * next places are taken before they are used. Nobody else may write to the conversation in between. Texts are the same
 * each time, so that statements stay prepared.
 */
export function appendStatements(
  dialect: SqlDialect,
  conversation: string,
  messages: readonly Message[],
  ttlMs: number,
): readonly SqlStatement[] {
  const kept = keptMessages(conversation, messages);
  const more = kept.reduce((sum, { chars }) => sum + chars, 0);
  // Now and nothing are nothing: it is never over.
  const ttl = ttlMs === 0 ? null : ttlMs;
  const { forget, begin, take } = texts[dialect];
  const statements: SqlStatement[] = [
    { sql: forget, params: [conversation] },
    // Where both are one statement, the first does it all.
    { sql: begin, params: take === undefined ? [conversation, kept.length, more, ttl] : [conversation] },
  ];
  if (take !== undefined) statements.push({ sql: take, params: [kept.length, more, ttl, conversation] });
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
    statements.push({ sql: part.length === 2 ? addExchange : addText(part.length), params: part.flat() });
  }
  return statements;
}

/** Each counts its place from the end of the conversation. */
const addText = (rows: number): string =>
  'INSERT INTO af_memory_sql_messages (conversation, seq, at, chars_before, message) ' +
  Array.from({ length: rows }, () => oneRow).join(' UNION ALL ');
const oneRow =
  'SELECT id, last_seq - CAST(? AS BIGINT), updated_at, chars - CAST(? AS BIGINT), CAST(? AS TEXT) ' +
  'FROM af_memory_sql_conversations WHERE id = ?';
const addExchange = addText(2);

/** What puts a conversation where the messages can follow. */
interface Texts {
  readonly forget: string;
  readonly begin: string;
  readonly take: string | undefined;
}

function textsFor(dialect: SqlDialect): Texts {
  const now = databaseNow(dialect);
  const expiry = `${now} + CAST(? AS BIGINT)`;
  const begin =
    'INSERT INTO af_memory_sql_conversations (id, last_seq, trimmed_to, chars, updated_at, expires_at) VALUES';
  const forget = `DELETE FROM af_memory_sql_conversations WHERE id = ? AND expires_at <= ${now}`;
  if (dialect === 'sqlite')
    return {
      forget,
      begin:
        `${begin} (?, ?, 0, ?, ${now}, ${expiry}) ON CONFLICT (id) DO UPDATE SET ` +
        'last_seq = last_seq + excluded.last_seq, chars = chars + excluded.chars, ' +
        'updated_at = excluded.updated_at, expires_at = excluded.expires_at',
      take: undefined,
    };
  // There the key has the tenant before the id, which no statement may name.
  return {
    forget,
    begin: `${begin} (?, 0, 0, 0, 0, NULL) ON CONFLICT DO NOTHING`,
    take:
      'UPDATE af_memory_sql_conversations SET last_seq = last_seq + CAST(? AS BIGINT), ' +
      `chars = chars + CAST(? AS BIGINT), updated_at = ${now}, expires_at = ${expiry} WHERE id = ?`,
  };
}

const texts: Readonly<Record<SqlDialect, Texts>> = {
  sqlite: textsFor('sqlite'),
  postgres: textsFor('postgres'),
};
