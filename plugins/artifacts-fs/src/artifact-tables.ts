import type { Artifact } from '@agent-factory/sdk/contracts';
import type { Kysely } from 'kysely';

/** A row of artifacts. */
export interface ArtifactRow {
  readonly id: string;
  readonly seq: number;
  readonly media_type: string;
  readonly name: string | null;
  readonly bytes: number;
  readonly created_at: number;
  readonly expires_at: number | null;
}

/** The tables, as migrations make them. */
export interface ArtifactTables {
  af_artifacts_fs_artifacts: ArtifactRow;
  af_artifacts_fs_runs: { readonly run_id: string; readonly artifact: string };
}

/** A query builder on the tables of one tenant. */
export type ArtifactDatabase = Kysely<ArtifactTables>;

/** Every change of a tenant's artifacts, of rows and files, takes it first. */
export const changeLock = 'artifacts-fs';

/** A row as the contract says it. */
export function artifactOf({ id, media_type, name, bytes, created_at, expires_at }: ArtifactRow): Artifact {
  return {
    id,
    mediaType: media_type,
    ...(name !== null && { name }),
    bytes,
    createdAt: created_at,
    ...(expires_at !== null && { expiresAt: expires_at }),
  };
}
