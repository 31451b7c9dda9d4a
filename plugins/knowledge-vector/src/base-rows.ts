import { randomUUID } from 'node:crypto';
import {
  knowledgeErrors,
  type ChangeCondition,
  type IngestReport,
  type SqlDatabase,
} from '@agent-factory/sdk/contracts';
import type { KnowledgeBase } from '@agent-factory/sdk/domain';
import { nowOf, queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { sql, type Kysely } from 'kysely';

interface BaseTables {
  af_knowledge_vector_bases: {
    readonly name: string;
    readonly definition: string | null;
    readonly lease_owner: string | null;
    readonly lease_until: number;
    readonly report: string | null;
    readonly made_of: string | null;
  };
}

/** What is kept of a base beside its documents. */
export interface BaseRow {
  readonly name: string;
  /** Of the tenant's own. */
  readonly base?: KnowledgeBase;
  readonly isIngesting: boolean;
  readonly report?: IngestReport;
  /** Stands for the definition and the embedder with which that was done. */
  readonly madeOf?: string;
}

/** All rows of a tenant, by name; or the one of that name. */
export async function readRows(database: SqlDatabase, name?: string): Promise<readonly BaseRow[]> {
  const now = nowOf(database);
  let asked = queryBuilder<BaseTables>(database)
    .selectFrom('af_knowledge_vector_bases')
    .select(['name', 'definition', 'report', 'made_of'])
    .select(
      sql<number>`CASE WHEN lease_owner IS NOT NULL AND lease_until > ${now} THEN 1 ELSE 0 END`.as('held'),
    )
    .orderBy('name');
  if (name !== undefined) asked = asked.where('name', '=', name);
  return (await asked.execute()).map((row) => ({
    name: row.name,
    isIngesting: row.held === 1,
    // As they were written here.
    ...(row.definition !== null && { base: JSON.parse(row.definition) as KnowledgeBase }),
    ...(row.report !== null && { report: JSON.parse(row.report) as IngestReport }),
    ...(row.made_of !== null && { madeOf: row.made_of }),
  }));
}

/** Marks the right to a base that somebody removes: nobody changes it meanwhile. */
const removal = 'removal:';

/** Keeps the definition of a tenant's own base. AF_KNOWLEDGE_BUSY while somebody removes it. */
export function keepBase(
  database: SqlDatabase,
  base: KnowledgeBase,
  { check }: ChangeCondition<KnowledgeBase>,
): Promise<void> {
  return inBase(database, base.name, async (db) => {
    const found = await db
      .selectFrom('af_knowledge_vector_bases')
      .select(['definition', sql<number>`lease_until - ${nowOf(database)}`.as('left')])
      .select('lease_owner')
      .where('name', '=', base.name)
      .executeTakeFirst();
    if (found?.lease_owner?.startsWith(removal) && found.left > 0)
      throw knowledgeErrors.AF_KNOWLEDGE_BUSY({ name: base.name, ms: found.left });
    const text = found?.definition ?? undefined;
    check?.(text === undefined ? undefined : (JSON.parse(text) as KnowledgeBase)); // written below
    await begin(db, base.name);
    await db
      .updateTable('af_knowledge_vector_bases')
      .set({ definition: JSON.stringify(base) })
      .where('name', '=', base.name)
      .execute();
  });
}

/** Forgets a base; whether it was there. */
export function dropBase(database: SqlDatabase, name: string): Promise<boolean> {
  return inBase(database, name, async (db) => {
    const { numDeletedRows } = await db
      .deleteFrom('af_knowledge_vector_bases')
      .where('name', '=', name)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  });
}

/** The right to take documents into a base, for one process at a time. */
export interface IngestLease {
  /** Keeps it for longer; AF_KNOWLEDGE_BUSY when somebody else has it by now. */
  renew(): Promise<void>;
  /** Gives it back, with what was done. */
  end(done?: { readonly report: IngestReport; readonly madeOf?: string }): Promise<void>;
}

/**
 * Takes the right for `ms` milliseconds by the database's clock, to take documents in or to remove the base.
 * AF_KNOWLEDGE_BUSY while somebody has it.
 */
export async function takeLease(
  database: SqlDatabase,
  name: string,
  { ms, toRemove }: { readonly ms: number; readonly toRemove: boolean },
): Promise<IngestLease> {
  const owner = `${toRemove ? removal : ''}${randomUUID()}`;
  const now = nowOf(database);
  const take = (isFirst: boolean): Promise<void> =>
    inBase(database, name, async (db) => {
      if (isFirst) await begin(db, name);
      const { numUpdatedRows } = await db
        .updateTable('af_knowledge_vector_bases')
        .set({ lease_owner: owner, lease_until: sql<number>`${now} + ${ms}` })
        .where('name', '=', name)
        .where((eb) =>
          isFirst
            ? eb.or([eb('lease_owner', 'is', null), eb('lease_until', '<=', now)])
            : eb('lease_owner', '=', owner),
        )
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw knowledgeErrors.AF_KNOWLEDGE_BUSY({ name, ms });
    });
  await take(true);
  return {
    renew: () => take(false),
    end: (done) =>
      inBase(database, name, async (db) => {
        await db
          .updateTable('af_knowledge_vector_bases')
          .set({
            lease_owner: null,
            lease_until: 0,
            ...(done && { report: JSON.stringify(done.report), made_of: done.madeOf ?? null }),
          })
          .where('name', '=', name)
          .where('lease_owner', '=', owner)
          .execute();
      }),
  };
}

/** One change of a base after another. */
function inBase<T>(
  database: SqlDatabase,
  name: string,
  work: (db: Kysely<BaseTables>) => Promise<T>,
): Promise<T> {
  return withTransaction(database, async (db: Kysely<BaseTables>, tx) => {
    await tx.lock(`knowledge-vector:${name}`);
    return work(db);
  });
}

/** Makes the row of a base where there is none. */
async function begin(db: Kysely<BaseTables>, name: string): Promise<void> {
  await db
    .insertInto('af_knowledge_vector_bases')
    .values({ name, definition: null, lease_owner: null, lease_until: 0, report: null, made_of: null })
    .onConflict((on) => on.doNothing())
    .execute();
}
