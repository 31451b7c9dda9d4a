import type { JsonObject, PluginContext } from '@agent-factory/sdk';
import {
  checkMemoryKey,
  patchedMemory,
  type MemoryOwner,
  type SqlDatabase,
  type TenantStorage,
  type TenantWorkingMemory,
  type WorkingDocument,
  type WorkingMemory,
  type WorkingMemoryKey,
} from '@agent-factory/sdk/contracts';
import { isLive, nowOf, queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import type { MemoryDatabase, MemoryTables } from './memory-tables.ts';

/** How working memories are kept. */
export interface SqlWorkingMemoryOptions {
  /** Milliseconds after which one that was not changed is over, where the caller does not say; 0 never. */
  readonly ttlMs: number;
  readonly validator: PluginContext['validator'];
}

/** Creates the working memory on tables that are there. */
export function createSqlWorkingMemory(
  tenants: TenantStorage,
  options: SqlWorkingMemoryOptions,
): WorkingMemory {
  return { tenant: (id) => tenantMemory(() => tenants.tenant(id), options) };
}

function tenantMemory(
  open: () => Promise<SqlDatabase>,
  { ttlMs: usualTtlMs, validator }: SqlWorkingMemoryOptions,
): TenantWorkingMemory {
  return {
    async read(key) {
      checkMemoryKey(key);
      const database = await open();
      return readDocument(queryBuilder(database), database, key);
    },

    async merge(key, patch, rules) {
      checkMemoryKey(key);
      const { scope, id: owner, name } = key;
      const { ttlMs = usualTtlMs } = rules;
      const database = await open();
      return withTransaction(database, async (db: MemoryDatabase, tx) => {
        await tx.lock(`memory-sql:${JSON.stringify([scope, owner, name])}`);
        const before = await readDocument(db, database, key);
        const { value, text } = patchedMemory(key, before?.value ?? {}, patch, rules, validator);
        const revision = (before?.revision ?? 0) + 1;
        await deleteDocuments(db, key);
        const now = nowOf(database);
        const { updated_at: updatedAt } = await db
          .insertInto('af_memory_sql_documents')
          .values({
            scope,
            owner,
            name,
            value: text,
            revision,
            updated_at: now,
            expires_at: ttlMs === 0 ? null : sql<number>`${now} + ${ttlMs}`,
          })
          .returning('updated_at')
          .executeTakeFirstOrThrow();
        return { value, revision, updatedAt };
      });
    },

    async forget(key) {
      checkMemoryKey(key);
      return deleteDocuments(queryBuilder(await open()), key);
    },
  };
}

async function readDocument(
  db: MemoryDatabase,
  database: SqlDatabase,
  { scope, id, name }: WorkingMemoryKey,
): Promise<WorkingDocument | undefined> {
  const row = await db
    .selectFrom('af_memory_sql_documents')
    .select(['value', 'revision', 'updated_at as updatedAt'])
    .where('scope', '=', scope)
    .where('owner', '=', id)
    .where('name', '=', name)
    .where(isLive(nowOf(database)))
    .executeTakeFirst();
  return row && { ...row, value: JSON.parse(row.value) as JsonObject }; // written from one
}

async function deleteDocuments(
  db: MemoryDatabase,
  { scope, id, name }: MemoryOwner & Partial<WorkingMemoryKey>,
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('af_memory_sql_documents')
    .where('scope', '=', scope)
    .where('owner', '=', id)
    .$if(name !== undefined, (asked) => asked.where('name', '=', name ?? ''))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Removes working memories of one tenant that are over, at most `limit`; gives how many went. */
export async function sweepDocuments(database: SqlDatabase, limit: number): Promise<number> {
  if (limit <= 0) return 0;
  const db = queryBuilder<MemoryTables>(database);
  const over = await db
    .selectFrom('af_memory_sql_documents')
    .select(['scope', 'owner', 'name'])
    .where('expires_at', '<=', nowOf(database))
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  let removed = 0;
  for (const { scope, owner, name } of over) {
    // Unless it began anew since.
    const { numDeletedRows } = await db
      .deleteFrom('af_memory_sql_documents')
      .where('scope', '=', scope)
      .where('owner', '=', owner)
      .where('name', '=', name)
      .where('expires_at', '<=', nowOf(database))
      .executeTakeFirst();
    removed += Number(numDeletedRows);
  }
  return removed;
}
