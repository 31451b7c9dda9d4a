import { randomUUID } from 'node:crypto';
import type { Json } from '@agent-factory/sdk';
import { vectorErrors, type SqlDatabase, type VectorDocument } from '@agent-factory/sdk/contracts';
import { withTransaction } from '@agent-factory/sdk/sql';
import { bytesOf, unitVector } from './float-bytes.ts';
import type { ChunkRow, VectorDatabase } from './vector-tables.ts';

/** Rows of one INSERT; nine parameters each stay far below what engines take. */
const rowsAtOnce = 50;
/** Ids of one statement. */
const idsAtOnce = 500;

/** Changes the collections of one tenant in a transaction, one after another: they share the numbers of their chunks. */
export function inCollection<T>(
  database: SqlDatabase,
  { tenant, collection }: { readonly tenant: string; readonly collection: string },
  work: (db: VectorDatabase) => Promise<T>,
): Promise<T> {
  return withTransaction(database, async (db: VectorDatabase, tx) => {
    await tx.lock(`vector-sql:${tenant}`);
    const { numUpdatedRows } = await db
      .updateTable('af_vector_sql_collections')
      .set((eb) => ({ revision: eb('revision', '+', 1) }))
      .where('name', '=', collection)
      .executeTakeFirst();
    if (numUpdatedRows === 0n)
      await db
        .insertInto('af_vector_sql_collections')
        .values({ name: collection, identity: randomUUID(), revision: 1 })
        .execute();
    return work(db);
  });
}

/** Puts a document in the place of what has its id. */
export async function putDocument(
  db: VectorDatabase,
  collection: string,
  document: VectorDocument,
): Promise<void> {
  const { id, fingerprint, space = null, chunks, expiresAt = null } = document;
  const dimensions = chunks[0]?.vector?.length ?? 0;
  await removeDocuments(db, collection, [id]);
  if (space !== null && dimensions > 0) await refuseOther(db, { collection, space, dimensions });
  await db
    .insertInto('af_vector_sql_documents')
    .values({
      collection,
      id,
      fingerprint: storable(fingerprint),
      space,
      dimensions,
      chunks: chunks.length,
      expires_at: expiresAt,
    })
    .execute();
  const last = await takeKeys(db, chunks.length);
  const rows = chunks.map(({ title, text, meta, vector }, ordinal): ChunkRow => ({
    key: last - chunks.length + ordinal + 1,
    collection,
    document: id,
    ordinal,
    space,
    title: storable(title),
    text: storable(text),
    meta: JSON.stringify(meta, (_name, value: Json) => (typeof value === 'string' ? storable(value) : value)),
    vector: vector ? bytesOf(unitVector(vector)) : null,
  }));
  for (let at = 0; at < rows.length; at += rowsAtOnce)
    await db
      .insertInto('af_vector_sql_chunks')
      .values(rows.slice(at, at + rowsAtOnce))
      .execute();
}

/** Removes documents with their chunks; how many were there. */
export async function removeDocuments(
  db: VectorDatabase,
  collection: string,
  ids: readonly string[],
): Promise<number> {
  let removed = 0;
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const some = ids.slice(at, at + idsAtOnce);
    await db
      .deleteFrom('af_vector_sql_chunks')
      .where('collection', '=', collection)
      .where('document', 'in', some)
      .execute();
    const { numDeletedRows } = await db
      .deleteFrom('af_vector_sql_documents')
      .where('collection', '=', collection)
      .where('id', 'in', some)
      .executeTakeFirst();
    removed += Number(numDeletedRows);
  }
  return removed;
}

/** A collection is there as long as a document is. */
export async function dropIfEmpty(db: VectorDatabase, collection: string): Promise<void> {
  await db
    .deleteFrom('af_vector_sql_collections')
    .where('name', '=', collection)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('af_vector_sql_documents').select('id').where('collection', '=', collection).limit(1),
        ),
      ),
    )
    .execute();
}

/** All vectors of a space have one length. */
async function refuseOther(
  db: VectorDatabase,
  {
    collection,
    space,
    dimensions,
  }: { readonly collection: string; readonly space: string; readonly dimensions: number },
): Promise<void> {
  const other = await db
    .selectFrom('af_vector_sql_documents')
    .select('dimensions')
    .where('collection', '=', collection)
    .where('space', '=', space)
    .where('dimensions', 'not in', [0, dimensions])
    .limit(1)
    .executeTakeFirst();
  if (other)
    throw vectorErrors.AF_VECTOR_DIMENSIONS({
      collection,
      space,
      given: dimensions,
      wanted: other.dimensions,
    });
}

/** Numbers for so many chunks; the last of them. */
async function takeKeys(db: VectorDatabase, count: number): Promise<number> {
  const taken = await db
    .updateTable('af_vector_sql_counters')
    .set((eb) => ({ value: eb('value', '+', count) }))
    .where('name', '=', 'chunk')
    .returning('value')
    .executeTakeFirst();
  if (taken) return taken.value;
  await db.insertInto('af_vector_sql_counters').values({ name: 'chunk', value: count }).execute();
  return count;
}

/** PostgreSQL holds no U+0000 and no halves of surrogate pairs; a sign that says "something was here" takes their place. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
