import { databaseNow, type SqlDatabase } from '@agent-factory/sdk/contracts';
import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';

/** A conversation and where it stands. */
interface ConversationRow {
  readonly id: string;
  readonly last_seq: number;
  readonly trimmed_to: number;
  readonly chars: number;
  readonly updated_at: number;
  readonly expires_at: number | null;
  readonly summary: string | null;
  readonly summary_up_to: number | null;
}

/** A message in its place. */
export interface MessageRow {
  readonly conversation: string;
  readonly seq: number;
  readonly at: number;
  readonly chars_before: number;
  readonly message: string;
}

/** The tables, as migrations make them. */
export interface MemoryTables {
  af_memory_sql_conversations: ConversationRow;
  af_memory_sql_messages: MessageRow;
}

/** A query builder on the tables of one tenant. */
export type MemoryDatabase = Kysely<MemoryTables>;

/** Now, by the database's clock; as a subquery, so that it is asked once and an index can be compared with it. */
export function nowOf({ dialect }: SqlDatabase): RawBuilder<number> {
  return sql<number>`(SELECT ${sql.raw(databaseNow(dialect))})`;
}

/** Whether a conversation is not over. `prefix` is the table's alias with a dot. */
export function isLive(now: RawBuilder<number>, prefix = ''): RawBuilder<SqlBool> {
  const expiry = sql.ref(`${prefix}expires_at`);
  return sql<SqlBool>`(${expiry} IS NULL OR ${expiry} > ${now})`;
}
