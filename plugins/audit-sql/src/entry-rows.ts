import { createHash } from 'node:crypto';
import { canonicalJson } from '@agent-factory/sdk';
import type { AuditEntry, AuditRecord } from '@agent-factory/sdk/contracts';

/** An entry as it is kept. */
export interface EntryRow {
  readonly seq: number;
  readonly at: number;
  readonly who: string;
  readonly tenant: string | null;
  readonly credential: string | null;
  readonly action: string;
  readonly permission: string | null;
  readonly target: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly request_id: string;
  readonly hash: string;
}

/** Its columns, in their order. */
export const columns = [
  'seq',
  'at',
  'who',
  'tenant',
  'credential',
  'action',
  'permission',
  'target',
  'outcome',
  'code',
  'request_id',
  'hash',
] as const;

/** What the hash is over. */
const hashed = columns.filter((column) => column !== 'hash');

/** What stands before the first entry of a chain. */
export const noHash: string = '0'.repeat(64);

/** A row of an entry that follows another. */
export function rowAfter(
  entry: AuditEntry,
  before: { readonly seq: number; readonly hash: string },
): EntryRow {
  const row = {
    seq: before.seq + 1,
    at: entry.at,
    who: entry.who,
    tenant: entry.tenant ?? null,
    credential: entry.credential ?? null,
    action: entry.action,
    permission: entry.permission ?? null,
    target: entry.target,
    outcome: entry.outcome,
    code: entry.code ?? null,
    request_id: entry.requestId,
  };
  return { ...row, hash: hashAfter(row, before.hash) };
}

/** SHA-256 over the hash before and everything a row says. */
export function hashAfter(row: Omit<EntryRow, 'hash'>, before: string): string {
  const said = Object.fromEntries(hashed.map((column) => [column, row[column]]));
  return createHash('sha256').update(before).update(canonicalJson(said)).digest('hex');
}

/** An entry from its row. */
export function recordOf(row: EntryRow): AuditRecord {
  return {
    seq: row.seq,
    at: row.at,
    who: row.who,
    ...(row.tenant !== null && { tenant: row.tenant }),
    ...(row.credential !== null && { credential: row.credential }),
    action: row.action,
    ...(row.permission !== null && { permission: row.permission }),
    target: row.target,
    outcome: row.outcome as AuditRecord['outcome'], // as it was kept
    ...(row.code !== null && { code: row.code }),
    requestId: row.request_id,
    hash: row.hash,
  };
}
