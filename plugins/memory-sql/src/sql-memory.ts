import {
  checkMemoryRequest,
  createTenantSweep,
  readMigrations,
  summaryBeyond,
  type ConversationMemory,
  type ConversationStatements,
  type SqlDatabase,
  type SqlDialect,
  type TenantMemory,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import { isLive, jsonColumn, nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { appendMessages, appendStatements } from './append-messages.ts';
import { inConversation } from './in-conversation.ts';
import { lastSeq } from './last-seq.ts';
import type { MemoryTables } from './memory-tables.ts';
import { readConversation } from './read-conversation.ts';
import { sweepDocuments } from './sql-working-memory.ts';
import { sweepTenant } from './sweep-tenant.ts';

/** How conversations are kept. */
export interface SqlMemoryOptions {
  /** Milliseconds after which a conversation is over, where the caller does not say; 0 never. */
  readonly ttlMs: number;
}

const text = jsonColumn<string>();

/** Creates the tables in every tenant, and the memory on them. */
export async function createSqlMemory(
  tenants: TenantStorage,
  dialect: SqlDialect,
  { ttlMs: defaultTtlMs }: SqlMemoryOptions,
): Promise<ConversationMemory> {
  const folder = new URL('../migrations', import.meta.url);
  await tenants.migrate('memory-sql', readMigrations(folder, dialect, 'tenant'));
  const sweep = createTenantSweep(tenants, async (database, limit) => {
    const removed = await sweepTenant(database, limit);
    return removed + (await sweepDocuments(database, limit - removed));
  });

  return {
    tenant: (id) => tenantMemory(() => tenants.tenant(id), defaultTtlMs),
    // A server has many writers, and each must wait for its turn.
    ...(dialect === 'sqlite' && { statements: statementsFor(dialect, defaultTtlMs) }),
    async sweep({ limit = 1_000 } = {}) {
      checkMemoryRequest(undefined, { limit });
      return sweep(limit);
    },
  };
}

function statementsFor(dialect: SqlDialect, defaultTtlMs: number): ConversationStatements {
  return {
    async toAppend(conversation, messages, { ttlMs = defaultTtlMs } = {}) {
      checkMemoryRequest(conversation, { ttlMs });
      return appendStatements(dialect, conversation, messages, ttlMs);
    },
  };
}

function tenantMemory(open: () => Promise<SqlDatabase>, defaultTtlMs: number): TenantMemory {
  return {
    async append(conversation, messages, { ttlMs = defaultTtlMs } = {}) {
      checkMemoryRequest(conversation, { ttlMs });
      const database = await open();
      if (messages.length > 0) return appendMessages(database, conversation, messages, ttlMs);
      return (await lastSeq(queryBuilder(database), database, conversation)) ?? 0;
    },

    async read(conversation, window = {}) {
      checkMemoryRequest(conversation, window);
      return readConversation(await open(), conversation, window);
    },

    async summarise(conversation, { text: summary, upTo }) {
      checkMemoryRequest(conversation, { upTo });
      const database = await open();
      await inConversation(database, conversation, async (db) => {
        const { numUpdatedRows } = await db
          .updateTable('af_memory_sql_conversations')
          .set({ summary: text.encode(summary), summary_up_to: upTo })
          .where('id', '=', conversation)
          .where(isLive(nowOf(database)))
          .where('last_seq', '>=', upTo)
          .where((eb) => eb.or([eb('summary_up_to', 'is', null), eb('summary_up_to', '<=', upTo)]))
          .executeTakeFirst();
        if (numUpdatedRows > 0n) return;
        const last = await lastSeq(db, database, conversation);
        if (last !== undefined && last < upTo) throw summaryBeyond(conversation, upTo, last);
      });
    },

    async trim(conversation, { keepLast }) {
      checkMemoryRequest(conversation, { keepLast });
      const database = await open();
      return inConversation(database, conversation, async (db) => {
        const row = await db
          .updateTable('af_memory_sql_conversations')
          .set({ trimmed_to: sql<number>`last_seq - ${keepLast}` })
          .where('id', '=', conversation)
          .where(isLive(nowOf(database)))
          .where('trimmed_to', '<', sql<number>`last_seq - ${keepLast}`)
          .returning('trimmed_to')
          .executeTakeFirst();
        if (row === undefined) return 0;
        const { numDeletedRows } = await db
          .deleteFrom('af_memory_sql_messages')
          .where('conversation', '=', conversation)
          .where('seq', '<=', row.trimmed_to)
          .executeTakeFirst();
        return Number(numDeletedRows);
      });
    },

    async forget(conversation) {
      checkMemoryRequest(conversation);
      await inConversation(await open(), conversation, (db) =>
        db.deleteFrom('af_memory_sql_conversations').where('id', '=', conversation).execute(),
      );
    },

    async list({ limit = 50 } = {}) {
      checkMemoryRequest(undefined, { limit });
      const database = await open();
      const rows = await queryBuilder<MemoryTables>(database)
        .selectFrom('af_memory_sql_conversations')
        .select(['id', 'updated_at as updatedAt', sql<number>`last_seq - trimmed_to`.as('messages')])
        .where(isLive(nowOf(database)))
        .orderBy('updated_at', 'desc')
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows;
    },
  };
}
