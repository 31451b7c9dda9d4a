import type { Sql } from './sql.ts';

/** A version that waits to be published; its tarball is stored. */
export interface StagedRow {
  readonly id: string;
  readonly package: string;
  readonly version: string;
  readonly tag: string;
  readonly account: string;
  readonly created: string;
  readonly shasum: string;
  readonly integrity: string;
  /** What the client said of it, as JSON. */
  readonly claim: string;
  /** Why a person must look at it; `null` when it only waits for its author. */
  readonly quarantine: string | null;
}

export async function insertStaged(sql: Sql, row: StagedRow): Promise<boolean> {
  const columns = Object.keys(row);
  return (
    (await sql.run(
      `INSERT INTO staged (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`,
      Object.values(row),
    )) === 1
  );
}

export async function findStaged(sql: Sql, id: string): Promise<StagedRow | undefined> {
  return sql.get<StagedRow>('SELECT * FROM staged WHERE id = ?', [id]);
}

export async function findStagedVersion(
  sql: Sql,
  name: string,
  version: string,
): Promise<StagedRow | undefined> {
  return sql.get<StagedRow>('SELECT * FROM staged WHERE package = ? AND version = ?', [name, version]);
}

export async function allStaged(sql: Sql): Promise<StagedRow[]> {
  return sql.all<StagedRow>('SELECT * FROM staged ORDER BY created, id');
}

export async function deleteStaged(sql: Sql, id: string): Promise<boolean> {
  return (await sql.run('DELETE FROM staged WHERE id = ?', [id])) === 1;
}
