import type { Sql } from './sql.ts';

/** A package, without its versions. */
export interface PackageRow {
  readonly name: string;
  readonly visibility: 'public' | 'restricted';
  /** Whether publishing needs a second factor, and whether automation tokens are excused from it. */
  readonly second_factor: 'none' | 'publish' | 'automation';
  readonly created: string;
  readonly modified: string;
  readonly revision: number;
  /** Tag to version, as JSON. */
  readonly tags: string;
  /** Key its author signs with, as JSON, once one was seen. */
  readonly author_key: string | null;
  readonly downloads: number;
}

/**
 * What has become of a version. `live` is served; `yanked` is served but not chosen anew; `removed` and `blocked`
 * are gone.
 */
type VersionState = 'live' | 'yanked' | 'removed' | 'blocked';

/** A version. Its row stays for ever. */
export interface VersionRow {
  readonly package: string;
  readonly version: string;
  readonly state: VersionState;
  /** Why it is in that state, where that needs saying. */
  readonly reason: string | null;
  /** Its package.json, as JSON, with what the registry adds; without `dist`. */
  readonly manifest: string;
  readonly readme: string;
  readonly changelog: string;
  /** `sha512-…` of the tarball, by which it is stored. */
  readonly integrity: string;
  readonly shasum: string;
  readonly bytes: number;
  readonly unpacked: number;
  readonly files: number;
  readonly published: string;
  readonly publisher: string;
  /** The registry's signature, as JSON: `{ keyid, sig }`. */
  readonly signature: string;
  /** Id of the key its author signed with. */
  readonly author_key: string | null;
  /** What the plugin asks for, as JSON: name to reason. */
  readonly permissions: string;
  readonly deprecated: string | null;
  /** A sigstore bundle, as the client sent it. */
  readonly provenance: string | null;
  /** What kind of workflow published it, if one did. */
  readonly trusted_publisher: string | null;
}

/** What is served for a package, ready to be sent. */
export interface DocumentRow {
  readonly package: string;
  readonly restricted: number;
  /** As an HTTP date. */
  readonly modified: string;
  readonly full_bytes: Uint8Array;
  readonly full_tag: string;
  readonly short_bytes: Uint8Array;
  readonly short_tag: string;
}

/** One of its forms. */
export interface ReadyDocument {
  readonly restricted: number;
  readonly modified: string;
  readonly tag: string;
  readonly bytes: Uint8Array;
}

export async function findPackage(sql: Sql, name: string): Promise<PackageRow | undefined> {
  return sql.get<PackageRow>('SELECT * FROM packages WHERE name = ?', [name]);
}

export async function insertPackage(
  sql: Sql,
  row: Pick<PackageRow, 'name' | 'visibility' | 'created'>,
): Promise<void> {
  const { name, visibility, created } = row;
  await sql.run(
    `INSERT INTO packages (name, visibility, second_factor, created, modified, revision, tags)
     VALUES (?, ?, 'none', ?, ?, 0, '{}')`,
    [name, visibility, created, created],
  );
}

type Changeable = 'visibility' | 'second_factor' | 'modified' | 'revision' | 'tags' | 'author_key';

export async function updatePackage(
  sql: Sql,
  name: string,
  change: Partial<Pick<PackageRow, Changeable>>,
): Promise<void> {
  const columns = Object.keys(change);
  if (columns.length === 0) return;
  await sql.run(`UPDATE packages SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE name = ?`, [
    ...Object.values(change),
    name,
  ]);
}

export async function insertVersion(sql: Sql, row: VersionRow): Promise<void> {
  const columns = Object.keys(row);
  await sql.run(
    `INSERT INTO versions (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    Object.values(row),
  );
}

export async function findVersion(sql: Sql, name: string, version: string): Promise<VersionRow | undefined> {
  return sql.get<VersionRow>('SELECT * FROM versions WHERE package = ? AND version = ?', [name, version]);
}

/** All versions of a package, oldest first, without their long texts. */
export async function versionsOf(
  sql: Sql,
  name: string,
): Promise<Omit<VersionRow, 'readme' | 'changelog'>[]> {
  return sql.all<VersionRow>(
    `SELECT package, version, state, reason, manifest, integrity, shasum, bytes, unpacked, files, published, publisher,
       signature, author_key, permissions, deprecated, provenance, trusted_publisher
     FROM versions WHERE package = ? ORDER BY published, version`,
    [name],
  );
}

export async function updateVersion(
  sql: Sql,
  name: string,
  version: string,
  change: Partial<Pick<VersionRow, 'state' | 'reason' | 'deprecated'>>,
): Promise<void> {
  const columns = Object.keys(change);
  await sql.run(
    `UPDATE versions SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE package = ? AND version = ?`,
    [...Object.values(change), name, version],
  );
}

/** What is needed to send a tarball. */
export interface TarballRow {
  readonly state: VersionState;
  readonly reason: string | null;
  readonly integrity: string;
  readonly bytes: number;
  readonly restricted: number;
}

export async function findTarball(sql: Sql, name: string, version: string): Promise<TarballRow | undefined> {
  return sql.get<TarballRow>(
    `SELECT v.state, v.reason, v.integrity, v.bytes, CASE WHEN p.visibility = 'public' THEN 0 ELSE 1 END AS restricted
     FROM versions v JOIN packages p ON p.name = v.package WHERE v.package = ? AND v.version = ?`,
    [name, version],
  );
}

export async function putDocument(sql: Sql, row: DocumentRow): Promise<void> {
  await sql.run(
    `INSERT INTO documents (package, restricted, modified, full_bytes, full_tag, short_bytes, short_tag)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (package) DO UPDATE SET restricted = excluded.restricted, modified = excluded.modified,
       full_bytes = excluded.full_bytes, full_tag = excluded.full_tag,
       short_bytes = excluded.short_bytes, short_tag = excluded.short_tag`,
    [row.package, row.restricted, row.modified, row.full_bytes, row.full_tag, row.short_bytes, row.short_tag],
  );
}

export async function deleteDocument(sql: Sql, name: string): Promise<void> {
  await sql.run('DELETE FROM documents WHERE package = ?', [name]);
}

const ready = {
  full: 'SELECT restricted, modified, full_tag AS tag, full_bytes AS bytes FROM documents WHERE package = ?',
  short:
    'SELECT restricted, modified, short_tag AS tag, short_bytes AS bytes FROM documents WHERE package = ?',
} as const;

const tagOnly = {
  full: 'SELECT restricted, modified, full_tag AS tag FROM documents WHERE package = ?',
  short: 'SELECT restricted, modified, short_tag AS tag FROM documents WHERE package = ?',
} as const;

export async function findDocument(
  sql: Sql,
  name: string,
  form: 'full' | 'short',
): Promise<ReadyDocument | undefined> {
  return sql.get<ReadyDocument>(ready[form], [name]);
}

export async function findDocumentTag(
  sql: Sql,
  name: string,
  form: 'full' | 'short',
): Promise<Omit<ReadyDocument, 'bytes'> | undefined> {
  return sql.get<Omit<ReadyDocument, 'bytes'>>(tagOnly[form], [name]);
}

/** Packages that everybody may see, changed last first. */
export async function publicPackages(
  sql: Sql,
  limit: number,
): Promise<Pick<PackageRow, 'name' | 'modified'>[]> {
  return sql.all(
    "SELECT name, modified FROM packages WHERE visibility = 'public' ORDER BY modified DESC, name LIMIT ?",
    [limit],
  );
}

export async function allPackageNames(sql: Sql): Promise<string[]> {
  const rows = await sql.all<{ name: string }>('SELECT name FROM packages ORDER BY name');
  return rows.map(({ name }) => name);
}

/** Names of the packages that are fetched most, and at least so often. */
export async function popularPackages(sql: Sql, downloads: number, count: number): Promise<string[]> {
  const rows = await sql.all<{ name: string }>(
    "SELECT name FROM packages WHERE visibility = 'public' AND downloads >= ? ORDER BY downloads DESC, created LIMIT ?",
    [downloads, count],
  );
  return rows.map(({ name }) => name);
}

/** The scopes that are taken: organisations, and names of accounts. */
export async function takenScopes(sql: Sql): Promise<string[]> {
  const rows = await sql.all<{ name: string }>('SELECT name FROM orgs UNION SELECT name FROM accounts');
  return rows.map(({ name }) => name);
}

/** How many packages other than one an account has published since a moment. */
export async function packagesPublishedSince(
  sql: Sql,
  publisher: string,
  since: string,
  except: string,
): Promise<number> {
  const found = await sql.get<{ count: number }>(
    'SELECT count(DISTINCT package) AS count FROM versions WHERE publisher = ? AND published > ? AND package <> ?',
    [publisher, since, except],
  );
  return found?.count ?? 0;
}

/** Adds to the counts of downloads. */
export async function addDownloads(
  sql: Sql,
  counts: Iterable<{ name: string; version: string; day: string; count: number }>,
): Promise<void> {
  for (const { name, version, day, count } of counts) {
    await sql.run(
      `INSERT INTO downloads (package, version, day, count) VALUES (?, ?, ?, ?)
       ON CONFLICT (package, version, day) DO UPDATE SET count = downloads.count + excluded.count`,
      [name, version, day, count],
    );
    await sql.run('UPDATE packages SET downloads = downloads + ? WHERE name = ?', [count, name]);
    await sql.run('UPDATE search_entries SET downloads = downloads + ? WHERE package = ?', [count, name]);
  }
}

/** How often a package was fetched on each day since one. */
export async function downloadsSince(
  sql: Sql,
  name: string,
  day: string,
): Promise<{ day: string; count: number }[]> {
  return sql.all(
    'SELECT day, CAST(sum(count) AS BIGINT) AS count FROM downloads WHERE package = ? AND day >= ? GROUP BY day ORDER BY day',
    [name, day],
  );
}
