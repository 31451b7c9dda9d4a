import type { Sql } from './sql.ts';

/** The document of a package that comes from another registry. */
export interface MirroredRow {
  readonly package: string;
  /** Address of that registry. */
  readonly origin: string;
  /** Address of this one, which stands in the bytes. */
  readonly url: string;
  readonly bytes: Uint8Array;
  readonly tag: string;
  /** The tag by which the other registry knows it. */
  readonly origin_tag: string | null;
  readonly fetched: string;
}

export async function findMirrored(sql: Sql, name: string): Promise<MirroredRow | undefined> {
  return sql.get<MirroredRow>('SELECT * FROM mirrored WHERE package = ?', [name]);
}

export async function putMirrored(sql: Sql, row: MirroredRow): Promise<void> {
  await sql.run(
    `INSERT INTO mirrored (package, origin, url, bytes, tag, origin_tag, fetched) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (package) DO UPDATE SET origin = excluded.origin, url = excluded.url, bytes = excluded.bytes,
       tag = excluded.tag, origin_tag = excluded.origin_tag, fetched = excluded.fetched`,
    [row.package, row.origin, row.url, row.bytes, row.tag, row.origin_tag, row.fetched],
  );
}

/** A tarball that came from another registry, as the one of a version. */
export interface MirroredTarball {
  readonly package: string;
  readonly version: string;
  readonly origin: string;
  /** Key of what is kept. */
  readonly blob: string;
}

export async function hasMirroredTarball(sql: Sql, row: MirroredTarball): Promise<boolean> {
  const found = await sql.get(
    'SELECT 1 FROM mirrored_tarballs WHERE package = ? AND version = ? AND origin = ? AND blob = ?',
    [row.package, row.version, row.origin, row.blob],
  );
  return found !== undefined;
}

export async function putMirroredTarball(sql: Sql, row: MirroredTarball): Promise<void> {
  await sql.run(
    'INSERT INTO mirrored_tarballs (package, version, origin, blob) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    [row.package, row.version, row.origin, row.blob],
  );
}

export async function touchMirrored(sql: Sql, name: string, fetched: string): Promise<void> {
  await sql.run('UPDATE mirrored SET fetched = ? WHERE package = ?', [fetched, name]);
}
