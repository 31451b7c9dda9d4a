import type { Sql } from './sql.ts';

/** What one account says of a package. */
export interface ReviewRow {
  readonly package: string;
  readonly account: string;
  /** 1 to 5. */
  readonly rating: number;
  readonly title: string;
  readonly body: string;
  /** The newest version when it was written. */
  readonly version: string;
  readonly created: string;
  readonly changed: string;
  /** Why it is not shown, once an administrator hid it. */
  readonly hidden: string | null;
}

/** What all reviews of a package come to. */
export interface Rating {
  readonly count: number;
  /** Mean of the ratings; `null` without any. */
  readonly mean: number | null;
}

/** What somebody wants looked at. */
export interface ReportRow {
  readonly id: string;
  readonly package: string;
  readonly version: string | null;
  /** Account whose review it is about. */
  readonly review: string | null;
  readonly account: string;
  readonly kind: string;
  readonly body: string;
  readonly created: string;
  readonly outcome: string | null;
  readonly answer: string | null;
  readonly closed: string | null;
}

/** What a publisher says is theirs. */
export interface ProofRow {
  readonly publisher: string;
  readonly kind: 'domain' | 'repository';
  readonly value: string;
  readonly challenge: string;
  readonly created: string;
  /** When it was last found to be so. */
  readonly verified: string | null;
}

export async function putReview(sql: Sql, row: Omit<ReviewRow, 'hidden'>): Promise<void> {
  await sql.run(
    `INSERT INTO reviews (package, account, rating, title, body, version, created, changed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (package, account) DO UPDATE SET rating = excluded.rating, title = excluded.title,
       body = excluded.body, version = excluded.version, changed = excluded.changed`,
    [row.package, row.account, row.rating, row.title, row.body, row.version, row.created, row.changed],
  );
}

/** Whether there was one. */
export async function deleteReview(sql: Sql, name: string, account: string): Promise<boolean> {
  return (await sql.run('DELETE FROM reviews WHERE package = ? AND account = ?', [name, account])) > 0;
}

/** Hides a review, or shows it again. Whether there is one. */
export async function hideReview(
  sql: Sql,
  name: string,
  account: string,
  reason: string | null,
): Promise<boolean> {
  const changed = await sql.run('UPDATE reviews SET hidden = ? WHERE package = ? AND account = ?', [
    reason,
    name,
    account,
  ]);
  return changed > 0;
}

/** Shown reviews, newest first. */
export async function reviewsOf(sql: Sql, name: string, from: number, size: number): Promise<ReviewRow[]> {
  return sql.all<ReviewRow>(
    'SELECT * FROM reviews WHERE package = ? AND hidden IS NULL ORDER BY changed DESC, account LIMIT ? OFFSET ?',
    [name, size, from],
  );
}

export async function ratingOf(sql: Sql, name: string): Promise<Rating> {
  const found = await sql.get<{ count: number; total: number | null }>(
    `SELECT CAST(count(*) AS BIGINT) AS count, CAST(sum(rating) AS BIGINT) AS total FROM reviews
     WHERE package = ? AND hidden IS NULL`,
    [name],
  );
  const count = found?.count ?? 0;
  return { count, mean: count === 0 ? null : Math.round((Number(found?.total) / count) * 10) / 10 };
}

export async function insertReport(
  sql: Sql,
  row: Omit<ReportRow, 'outcome' | 'answer' | 'closed'>,
): Promise<void> {
  await sql.run(
    'INSERT INTO reports (id, package, version, review, account, kind, body, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [row.id, row.package, row.version, row.review, row.account, row.kind, row.body, row.created],
  );
}

/** How many reports of an account nobody has looked at. */
export async function openReportsBy(sql: Sql, account: string): Promise<number> {
  const found = await sql.get<{ count: number }>(
    'SELECT CAST(count(*) AS BIGINT) AS count FROM reports WHERE account = ? AND closed IS NULL',
    [account],
  );
  return found?.count ?? 0;
}

/** Reports that nobody has looked at, oldest first. */
export async function openReports(sql: Sql, limit: number): Promise<ReportRow[]> {
  return sql.all<ReportRow>('SELECT * FROM reports WHERE closed IS NULL ORDER BY created, id LIMIT ?', [
    limit,
  ]);
}

/** Ends a report that is open. Whether there was one. */
export async function closeReport(
  sql: Sql,
  id: string,
  { outcome, answer, closed }: { outcome: string; answer: string; closed: string },
): Promise<boolean> {
  const changed = await sql.run(
    'UPDATE reports SET outcome = ?, answer = ?, closed = ? WHERE id = ? AND closed IS NULL',
    [outcome, answer, closed, id],
  );
  return changed > 0;
}

export async function proofsOf(sql: Sql, publisher: string): Promise<ProofRow[]> {
  return sql.all<ProofRow>('SELECT * FROM publisher_proofs WHERE publisher = ? ORDER BY kind, value', [
    publisher,
  ]);
}

/** Adds a proof that is still to be given; one that is there keeps its challenge. */
export async function addProof(sql: Sql, row: Omit<ProofRow, 'verified'>): Promise<void> {
  await sql.run(
    `INSERT INTO publisher_proofs (publisher, kind, value, challenge, created) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (publisher, kind, value) DO NOTHING`,
    [row.publisher, row.kind, row.value, row.challenge, row.created],
  );
}

export async function setProofVerified(
  sql: Sql,
  { publisher, kind, value }: Pick<ProofRow, 'publisher' | 'kind' | 'value'>,
  verified: string | null,
): Promise<void> {
  await sql.run('UPDATE publisher_proofs SET verified = ? WHERE publisher = ? AND kind = ? AND value = ?', [
    verified,
    publisher,
    kind,
    value,
  ]);
}

/** Whether there was one. */
export async function removeProof(
  sql: Sql,
  { publisher, kind, value }: Pick<ProofRow, 'publisher' | 'kind' | 'value'>,
): Promise<boolean> {
  const changed = await sql.run(
    'DELETE FROM publisher_proofs WHERE publisher = ? AND kind = ? AND value = ?',
    [publisher, kind, value],
  );
  return changed > 0;
}
