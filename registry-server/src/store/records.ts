import { hash } from 'node:crypto';
import { canonicalJson, type Json } from '@agent-factory/sdk';
import type { Sql } from './sql.ts';

/** Something that happened to a package, for those who follow. */
export interface Change {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly package: string;
  readonly version: string | null;
  readonly detail: Json;
}

/** A line of the audit log; `hash` covers it and the hash of the line before. */
export interface AuditLine {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: Json;
  readonly hash: string;
}

type Stored<Line> = Omit<Line, 'detail'> & { readonly detail: string };

/** Adds to the change feed, inside a write. */
export async function recordChange(
  sql: Sql,
  change: { at: string; kind: string; package: string; version?: string; detail?: Json },
): Promise<void> {
  const seq = (await newestChange(sql)) + 1;
  await sql.run('INSERT INTO changes (seq, at, kind, package, version, detail) VALUES (?, ?, ?, ?, ?, ?)', [
    seq,
    change.at,
    change.kind,
    change.package,
    change.version ?? null,
    JSON.stringify(change.detail ?? {}),
  ]);
}

/** The changes after a number, oldest first. */
export async function changesSince(sql: Sql, since: number, limit: number): Promise<Change[]> {
  const rows = await sql.all<Stored<Change>>('SELECT * FROM changes WHERE seq > ? ORDER BY seq LIMIT ?', [
    since,
    limit,
  ]);
  return rows.map(withDetail);
}

/** The number of the newest change, 0 without any. */
export async function newestChange(sql: Sql): Promise<number> {
  return (await sql.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM changes'))?.seq ?? 0;
}

/** Adds a line to the audit log, inside a write. */
export async function recordAudit(
  sql: Sql,
  line: { at: string; actor: string; action: string; subject: string; detail?: Json },
): Promise<void> {
  const last = await sql.get<{ seq: number; hash: string }>(
    'SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1',
  );
  const whole = { ...line, detail: line.detail ?? {}, seq: (last?.seq ?? 0) + 1 };
  await sql.run(
    'INSERT INTO audit (seq, at, actor, action, subject, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
    [
      whole.seq,
      whole.at,
      whole.actor,
      whole.action,
      whole.subject,
      JSON.stringify(whole.detail),
      chained(whole, last?.hash ?? ''),
    ],
  );
}

/** Lines of the audit log after a number, oldest first. */
export async function auditSince(sql: Sql, since: number, limit: number): Promise<AuditLine[]> {
  const rows = await sql.all<Stored<AuditLine>>('SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?', [
    since,
    limit,
  ]);
  return rows.map(withDetail);
}

/** Checks the whole audit log. Gives back how many lines are whole, and the first that was changed or is missing. */
export async function verifyAudit(sql: Sql): Promise<{ readonly lines: number; readonly broken?: number }> {
  let before = '';
  let lines = 0;
  for (;;) {
    const page = await auditSince(sql, lines, 500);
    if (page.length === 0) return { lines };
    for (const { hash, ...line } of page) {
      if (line.seq !== lines + 1 || hash !== chained(line, before)) return { lines, broken: lines + 1 };
      before = hash;
      lines += 1;
    }
  }
}

function chained(line: Omit<AuditLine, 'hash'>, before: string): string {
  const { seq, at, actor, action, subject, detail } = line;
  return hash('sha256', before + canonicalJson({ seq, at, actor, action, subject, detail }));
}

function withDetail<Line extends { detail: string }>(row: Line): Omit<Line, 'detail'> & { detail: Json } {
  return { ...row, detail: JSON.parse(row.detail) as Json }; // written as JSON above
}
