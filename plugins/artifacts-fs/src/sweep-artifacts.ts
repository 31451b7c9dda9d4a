import { isAgentFactoryError } from '@agent-factory/sdk';
import type { SqlDatabase, TenantStorage } from '@agent-factory/sdk/contracts';
import { nowOf, withTransaction } from '@agent-factory/sdk/sql';
import { changeLock, type ArtifactDatabase } from './artifact-tables.ts';
import type { ContentFiles } from './content-files.ts';

/** Rows of one transaction, so that nobody waits for long. */
const rowsAtOnce = 100;
/** Content without a row may belong to a transaction that is not committed yet. */
const orphanMs = 3_600_000;

/** Removes artifacts of one tenant that are over, at most `limit`, with their content; gives how many went. */
export async function sweepTenant(
  database: SqlDatabase,
  files: ContentFiles,
  tenant: string,
  limit: number,
): Promise<number> {
  let removed = 0;
  while (removed < limit) {
    const most = Math.min(rowsAtOnce, limit - removed);
    const went = await withTransaction(database, async (db: ArtifactDatabase, tx) => {
      await tx.lock(changeLock);
      const over = await db
        .selectFrom('af_artifacts_fs_artifacts')
        .select('id')
        .where('expires_at', '<=', nowOf(database))
        .orderBy('expires_at')
        .limit(most)
        .execute();
      const ids = over.map(({ id }) => id);
      if (ids.length === 0) return 0;
      await db.deleteFrom('af_artifacts_fs_artifacts').where('id', 'in', ids).execute();
      // What is over is shown to nobody, so a file that goes although the rows stay for now does no harm.
      for (const id of ids) await files.remove(tenant, id);
      return ids.length;
    });
    removed += went;
    if (went < most) break;
  }
  return removed;
}

/** Removes content that no row points to: of writers that ended in the middle, and of tenants that were erased. */
export async function removeOrphans(tenants: TenantStorage, files: ContentFiles): Promise<void> {
  await files.sweepIncoming();
  for (const tenant of await files.tenants()) {
    let database: SqlDatabase;
    try {
      database = await tenants.tenant(tenant);
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) throw error;
      await files.removeTenant(tenant);
      continue;
    }
    for await (const ids of files.older(tenant, orphanMs)) await removeStrays(database, files, tenant, ids);
  }
}

async function removeStrays(
  database: SqlDatabase,
  files: ContentFiles,
  tenant: string,
  ids: readonly string[],
): Promise<void> {
  for (let at = 0; at < ids.length; at += rowsAtOnce) {
    const some = ids.slice(at, at + rowsAtOnce);
    await withTransaction(database, async (db: ArtifactDatabase, tx) => {
      await tx.lock(changeLock);
      const kept = await db
        .selectFrom('af_artifacts_fs_artifacts')
        .select('id')
        .where('id', 'in', some)
        .execute();
      const known = new Set(kept.map(({ id }) => id));
      for (const id of some) if (!known.has(id)) await files.remove(tenant, id);
    });
  }
}
