import type { ApiKey } from '@agent-factory/sdk/contracts';

/** A key as it is kept. */
export interface KeyRow {
  readonly id: string;
  readonly tenant: string;
  readonly account: string;
  readonly membership: string;
  readonly name: string;
  readonly hash: string;
  readonly scopes: string | null;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
  readonly replaces: string | null;
}

/** The tables, as migrations make them. */
export interface KeyTables {
  af_auth_api_key_keys: KeyRow;
}

/** A key from its row, without its hash. */
export function keyOf(row: KeyRow): ApiKey {
  return {
    id: row.id,
    account: row.account,
    name: row.name,
    ...(row.scopes !== null && { scopes: JSON.parse(row.scopes) as string[] }), // as they were kept
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.replaces !== null && { replaces: row.replaces }),
  };
}

/** Whether it proves nothing any more. */
export function isOver({ revoked_at: revoked, expires_at: expires }: KeyRow, now: number): boolean {
  return revoked !== null || (expires !== null && expires <= now);
}
