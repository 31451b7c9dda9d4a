import {
  artifactErrors as errors,
  type Artifact,
  type ArtifactOptions,
  type SqlDatabase,
} from '@agent-factory/sdk/contracts';
import { isLive, nowOf, withTransaction } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { artifactOf, changeLock, type ArtifactDatabase } from './artifact-tables.ts';
import type { ArtifactsFsConfig } from './config.ts';
import type { WrittenContent } from './content-files.ts';

/** What {@link keepArtifact} needs. */
export interface KeepArtifactOptions {
  readonly database: SqlDatabase;
  readonly config: ArtifactsFsConfig;
  /** Bytes of all artifacts of the tenant together. */
  readonly mostBytes: number;
  readonly written: WrittenContent;
  readonly given: ArtifactOptions;
}

/** Makes written content an artifact, or adds what is new to the one it is already. */
export function keepArtifact(options: KeepArtifactOptions): Promise<Artifact> {
  const { database, config, mostBytes, written, given } = options;
  const { id, bytes } = written;
  const ttlMs = given.ttlMs ?? config.ttlMs;
  const now = nowOf(database);
  const until = ttlMs === 0 ? null : sql<number>`${now} + ${ttlMs}`;

  return withTransaction(database, async (db: ArtifactDatabase, tx) => {
    await tx.lock(changeLock);
    // One that is over begins anew.
    await db
      .deleteFrom('af_artifacts_fs_artifacts')
      .where('id', '=', id)
      .where('expires_at', '<=', now)
      .execute();
    let row = await db
      .updateTable('af_artifacts_fs_artifacts')
      .set({
        expires_at:
          until === null
            ? null
            : sql<
                number | null
              >`CASE WHEN expires_at IS NULL OR expires_at > ${until} THEN expires_at ELSE ${until} END`,
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) {
      await checkQuota(db);
      const last = await db
        .selectFrom('af_artifacts_fs_artifacts')
        .select(sql<number>`COALESCE(MAX(seq), 0)`.as('seq'))
        .executeTakeFirstOrThrow();
      row = await db
        .insertInto('af_artifacts_fs_artifacts')
        .values({
          id,
          seq: Number(last.seq) + 1,
          media_type: given.mediaType,
          name: given.name ?? null,
          bytes,
          created_at: now,
          expires_at: until,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
    }
    if (given.runId !== undefined)
      await db
        .insertInto('af_artifacts_fs_runs')
        .values({ run_id: given.runId, artifact: id })
        .onConflict((on) => on.doNothing())
        .execute();
    // Last, so that nothing is placed for an artifact that is refused; and always, in case the file there was damaged.
    await written.place();
    return artifactOf(row);
  });

  async function checkQuota(db: ArtifactDatabase): Promise<void> {
    const { used } = await db
      .selectFrom('af_artifacts_fs_artifacts')
      .select(sql<number>`COALESCE(SUM(bytes), 0)`.as('used'))
      .where(isLive(now))
      .executeTakeFirstOrThrow();
    const max = mostBytes;
    if (Number(used) + bytes > max) throw errors.AF_ARTIFACT_QUOTA({ used: Number(used), bytes, max });
  }
}
