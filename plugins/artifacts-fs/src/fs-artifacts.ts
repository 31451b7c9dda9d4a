import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  artifactErrors as errors,
  checkArtifactNumbers,
  checkArtifactOptions,
  everyTenant,
  readMigrations,
  type ArtifactStore,
  type Quotas,
  type SqlDatabase,
  type SqlDialect,
  type TenantArtifacts,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import { isLive, nowOf, queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { artifactOf, changeLock, type ArtifactDatabase, type ArtifactTables } from './artifact-tables.ts';
import type { ArtifactsFsConfig } from './config.ts';
import type { ContentFiles } from './content-files.ts';
import { keepArtifact } from './keep-artifact.ts';
import { removeOrphans, sweepTenant } from './sweep-artifacts.ts';

/** What the store stands on. */
export interface FsArtifactsOptions {
  readonly tenants: TenantStorage;
  readonly dialect: SqlDialect;
  readonly files: ContentFiles;
  readonly config: ArtifactsFsConfig;
  /** Where a tenant has a limit of its own, it holds in place of that of the configuration. */
  readonly quotas?: Quotas | undefined;
}

/** Creates the tables in every tenant, and the store on them: rows say what there is, files hold the content. */
export async function createFsArtifacts(options: FsArtifactsOptions): Promise<ArtifactStore> {
  const { tenants, dialect, files } = options;
  await tenants.migrate(
    'artifacts-fs',
    readMigrations(new URL('../migrations', import.meta.url), dialect, 'tenant'),
  );
  return {
    tenant: (id) => tenantArtifacts(id, options),
    async sweep({ limit = 1_000 } = {}) {
      let removed = 0;
      for await (const id of everyTenant(tenants)) {
        if (removed >= limit) break;
        const database = await tenants.tenant(id).catch(unlessErased);
        if (database !== undefined) removed += await sweepTenant(database, files, id, limit - removed);
      }
      await removeOrphans(tenants, files);
      return removed;
    },
  };
}

function unlessErased(error: unknown): undefined {
  if (!isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) throw error;
}

function tenantArtifacts(
  tenant: string,
  { tenants, files, config, quotas }: FsArtifactsOptions,
): TenantArtifacts {
  const open = (): Promise<SqlDatabase> => tenants.tenant(tenant);
  const rowOf = async (database: SqlDatabase, id: string) =>
    isId(id)
      ? queryBuilder<ArtifactTables>(database)
          .selectFrom('af_artifacts_fs_artifacts')
          .selectAll()
          .where('id', '=', id)
          .where(isLive(nowOf(database)))
          .executeTakeFirst()
      : undefined;

  return {
    async put(content, given) {
      checkArtifactOptions(given);
      const database = await open();
      const limits = await quotas?.tenant(tenant).limits();
      const mostBytes = limits?.storageBytes ?? config.quotaBytes;
      const written = await files.write(tenant, content, config.maxBytes);
      try {
        return await keepArtifact({ database, config, mostBytes, written, given });
      } finally {
        await written.discard();
      }
    },

    async head(id) {
      const row = await rowOf(await open(), id);
      return row && artifactOf(row);
    },

    async *read(id, { offset = 0, length = Number.MAX_SAFE_INTEGER } = {}) {
      checkArtifactNumbers({ offset, length });
      const row = await rowOf(await open(), id);
      if (row === undefined) throw errors.AF_ARTIFACT_NOT_FOUND({ id: id.slice(0, 64) });
      yield* files.read(tenant, row, offset, length);
    },

    async delete(id) {
      if (!isId(id)) return false;
      const database = await open();
      const gone = await withTransaction(database, async (db: ArtifactDatabase, tx) => {
        await tx.lock(changeLock);
        const row = await db
          .deleteFrom('af_artifacts_fs_artifacts')
          .where('id', '=', id)
          .returning(isLive(nowOf(database)).as('live'))
          .executeTakeFirst();
        return row;
      });
      if (gone === undefined) return false;
      await removeUnlessKept(database, files, tenant, id);
      return Boolean(gone.live);
    },

    async list({ runId, limit = 50, before } = {}) {
      checkArtifactNumbers({ limit });
      const database = await open();
      const rows = await queryBuilder<ArtifactTables>(database)
        .selectFrom('af_artifacts_fs_artifacts')
        .selectAll()
        .where(isLive(nowOf(database)))
        .$if(runId !== undefined, (query) =>
          query.where('id', 'in', (eb) =>
            eb
              .selectFrom('af_artifacts_fs_runs')
              .select('artifact')
              .where('run_id', '=', runId ?? ''),
          ),
        )
        .$if(before !== undefined, (query) =>
          query.where('seq', '<', (eb) =>
            eb
              .selectFrom('af_artifacts_fs_artifacts')
              .select('seq')
              .where('id', '=', before ?? ''),
          ),
        )
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute();
      return rows.map(artifactOf);
    },

    async usage() {
      const database = await open();
      const row = await queryBuilder<ArtifactTables>(database)
        .selectFrom('af_artifacts_fs_artifacts')
        .select([sql<number>`COUNT(*)`.as('count'), sql<number>`COALESCE(SUM(bytes), 0)`.as('bytes')])
        .where(isLive(nowOf(database)))
        .executeTakeFirstOrThrow();
      return { count: Number(row.count), bytes: Number(row.bytes) };
    },
  };
}

/** Removes content that no row points to; one that was kept anew meanwhile stays. */
async function removeUnlessKept(
  database: SqlDatabase,
  files: ContentFiles,
  tenant: string,
  id: string,
): Promise<void> {
  await withTransaction(database, async (db: ArtifactDatabase, tx) => {
    await tx.lock(changeLock);
    const row = await db
      .selectFrom('af_artifacts_fs_artifacts')
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined) await files.remove(tenant, id);
  });
}

function isId(id: string): boolean {
  return /^[0-9a-f]{64}$/.test(id);
}
