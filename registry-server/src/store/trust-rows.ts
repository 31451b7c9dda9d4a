import type { Sql } from './sql.ts';

/** Versions that nobody may run any more. */
export interface BlockRow {
  readonly id: string;
  readonly package: string;
  /** Semver range; `*` blocks all. */
  readonly versions: string;
  readonly reason: string;
  readonly since: string;
}

/** A known weakness of some versions. */
export interface AdvisoryRow {
  readonly id: number;
  readonly package: string;
  /** Semver range. */
  readonly vulnerable: string;
  readonly severity: 'info' | 'low' | 'moderate' | 'high' | 'critical';
  readonly title: string;
  readonly url: string;
  /** As JSON. */
  readonly cwe: string;
  readonly created: string;
}

/** A workflow elsewhere that may publish a package without a token of ours. */
export interface TrustedPublisherRow {
  readonly id: string;
  readonly package: string;
  readonly type: string;
  /** Claims its identity tokens must have, as JSON. */
  readonly claims: string;
  /** As JSON: `createPackage`, `createStagedPackage`. */
  readonly permissions: string;
  readonly account: string;
  readonly created: string;
}

export async function allBlocks(sql: Sql): Promise<BlockRow[]> {
  return sql.all<BlockRow>('SELECT * FROM blocks ORDER BY since, id');
}

export async function insertBlock(sql: Sql, row: BlockRow): Promise<void> {
  await sql.run('INSERT INTO blocks (id, package, versions, reason, since) VALUES (?, ?, ?, ?, ?)', [
    row.id,
    row.package,
    row.versions,
    row.reason,
    row.since,
  ]);
}

export async function deleteBlock(sql: Sql, id: string): Promise<BlockRow | undefined> {
  const found = await sql.get<BlockRow>('SELECT * FROM blocks WHERE id = ?', [id]);
  if (found) await sql.run('DELETE FROM blocks WHERE id = ?', [id]);
  return found;
}

export async function advisoriesFor(sql: Sql, name: string): Promise<AdvisoryRow[]> {
  return sql.all<AdvisoryRow>('SELECT * FROM advisories WHERE package = ? ORDER BY id', [name]);
}

export async function insertAdvisory(sql: Sql, row: Omit<AdvisoryRow, 'id'>): Promise<number> {
  const id = ((await sql.get<{ id: number | null }>('SELECT max(id) AS id FROM advisories'))?.id ?? 0) + 1;
  await sql.run(
    `INSERT INTO advisories (id, package, vulnerable, severity, title, url, cwe, created)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [id, row.package, row.vulnerable, row.severity, row.title, row.url, row.cwe, row.created],
  );
  return id;
}

export async function trustedPublishersOf(sql: Sql, name: string): Promise<TrustedPublisherRow[]> {
  return sql.all<TrustedPublisherRow>(
    'SELECT * FROM trusted_publishers WHERE package = ? ORDER BY created, id',
    [name],
  );
}

export async function insertTrustedPublisher(sql: Sql, row: TrustedPublisherRow): Promise<void> {
  await sql.run(
    `INSERT INTO trusted_publishers (id, package, type, claims, permissions, account, created)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [row.id, row.package, row.type, row.claims, row.permissions, row.account, row.created],
  );
}

export async function deleteTrustedPublisher(sql: Sql, name: string, id: string): Promise<boolean> {
  return (await sql.run('DELETE FROM trusted_publishers WHERE package = ? AND id = ?', [name, id])) === 1;
}

/** A file of TUF metadata. */
export interface TufRow {
  readonly role: string;
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly expires: string;
}

export async function newestTufFile(sql: Sql, role: string): Promise<TufRow | undefined> {
  return sql.get<TufRow>(
    'SELECT role, version, bytes, expires FROM tuf_files WHERE role = ? ORDER BY version DESC LIMIT 1',
    [role],
  );
}

export async function findTufFile(sql: Sql, role: string, version: number): Promise<TufRow | undefined> {
  return sql.get<TufRow>(
    'SELECT role, version, bytes, expires FROM tuf_files WHERE role = ? AND version = ?',
    [role, version],
  );
}

export async function insertTufFile(sql: Sql, row: TufRow, now: string): Promise<void> {
  await sql.run('INSERT INTO tuf_files (role, version, bytes, expires, written) VALUES (?, ?, ?, ?, ?)', [
    row.role,
    row.version,
    row.bytes,
    row.expires,
    now,
  ]);
}

/** The newest file of each role. */
export async function newestTufFiles(sql: Sql): Promise<Omit<TufRow, 'bytes'>[]> {
  return sql.all(
    `SELECT t.role, t.version, t.expires FROM tuf_files t
     JOIN (SELECT role, max(version) AS version FROM tuf_files GROUP BY role) n
     ON n.role = t.role AND n.version = t.version ORDER BY t.role`,
  );
}

/** Takes away what was superseded before a moment; every root stays, because clients walk through them. */
export async function deleteOldTufFiles(sql: Sql, before: string): Promise<number> {
  return sql.run(
    `DELETE FROM tuf_files WHERE role <> 'root' AND version < (
       SELECT max(n.version) FROM tuf_files n WHERE n.role = tuf_files.role AND n.written <= ?)`,
    [before],
  );
}

/** What the metadata is to say of a file, from the next time it is signed. */
interface PendingTarget {
  readonly path: string;
  /** As JSON; `null` when the file is gone. */
  readonly target: string | null;
}

export async function putPendingTarget(sql: Sql, path: string, target: string | null): Promise<void> {
  await sql.run(
    `INSERT INTO tuf_pending (path, target) VALUES (?, ?)
     ON CONFLICT (path) DO UPDATE SET target = excluded.target`,
    [path, target],
  );
}

export async function hasPendingTargets(sql: Sql): Promise<boolean> {
  return (await sql.get('SELECT 1 FROM tuf_pending LIMIT 1')) !== undefined;
}

/** Gives back what waits, and forgets it. */
export async function takePendingTargets(sql: Sql): Promise<PendingTarget[]> {
  const pending = await sql.all<PendingTarget>('SELECT path, target FROM tuf_pending ORDER BY path');
  if (pending.length > 0) await sql.run('DELETE FROM tuf_pending');
  return pending;
}
