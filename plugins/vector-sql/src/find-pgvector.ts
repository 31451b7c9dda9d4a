import type { Storage } from '@agent-factory/sdk/contracts';

/** Whether pgvector can be used, or why not and what would mend it. */
export type PgvectorState =
  | { readonly version: string }
  | {
      readonly version: undefined;
      /** Whether it is in the database, but of no use. */
      readonly present: boolean;
      readonly reason: string;
      readonly mend: string;
    };

/** With this version came scans of an index that go on until enough was found. */
const oldest = [0, 8] as const;

/** Looks for pgvector in the database of the platform. */
export async function findPgvector(storage: Storage | undefined): Promise<PgvectorState> {
  if (storage?.dialect !== 'postgres')
    return lacking('the storage is not PostgreSQL', 'Use storage-postgres, on a database with pgvector.');
  const [row] = await storage.query<{
    installed: string | null;
    available: string | null;
    visible: number;
  }>(
    `SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS installed,
      (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available,
      CASE WHEN to_regtype('halfvec') IS NULL THEN 0 ELSE 1 END AS visible`,
  );
  const { installed = null, available = null, visible = 0 } = row ?? {};
  const wanted = oldest.join('.');
  if (installed === null)
    return available === null
      ? lacking(
          'the database server has no pgvector',
          `Install pgvector ${wanted} or newer on the server, then run CREATE EXTENSION vector in the database.`,
        )
      : lacking(
          'pgvector is on the server, but not in the database',
          'Run CREATE EXTENSION vector in the database.',
        );
  if (isOlder(installed))
    return lacking(
      `pgvector is of version ${installed}, and ${wanted} is needed`,
      `Install pgvector ${wanted} or newer on the server, then run ALTER EXTENSION vector UPDATE in the database.`,
      true,
    );
  if (visible === 0)
    return lacking(
      'the schema that pgvector is in is not on the search_path',
      'Run ALTER EXTENSION vector SET SCHEMA public, or put its schema on the search_path in the URL of the storage.',
      true,
    );
  return { version: installed };
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

function lacking(reason: string, mend: string, present = false): PgvectorState {
  return { version: undefined, present, reason, mend };
}
