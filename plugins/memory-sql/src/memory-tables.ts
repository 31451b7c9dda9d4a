import type { Kysely } from 'kysely';

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
interface MessageRow {
  readonly conversation: string;
  readonly seq: number;
  readonly at: number;
  readonly chars_before: number;
  readonly message: string;
}

/** A working memory. */
interface DocumentRow {
  readonly scope: string;
  readonly owner: string;
  readonly name: string;
  /** A JSON object. */
  readonly value: string;
  readonly revision: number;
  readonly updated_at: number;
  readonly expires_at: number | null;
}

/** The tables, as migrations make them. */
export interface MemoryTables {
  af_memory_sql_conversations: ConversationRow;
  af_memory_sql_messages: MessageRow;
  af_memory_sql_documents: DocumentRow;
}

/** A query builder on the tables of one tenant. */
export type MemoryDatabase = Kysely<MemoryTables>;
