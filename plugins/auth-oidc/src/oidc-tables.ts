import { createHash, randomBytes } from 'node:crypto';

/** A login at a provider that belongs to an account, as it is kept. */
export interface IdentityRow {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly account: string;
  readonly provider: string;
  readonly label: string;
  readonly created_at: number;
}

/** A login under way, as it is kept. */
export interface AttemptRow {
  readonly state_hash: string;
  readonly browser_hash: string;
  readonly provider: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly return_to: string;
  readonly account: string | null;
  readonly session: string | null;
  readonly expires_at: number;
}

/** The tables, as migrations make them. */
export interface OidcTables {
  af_auth_oidc_identities: IdentityRow;
  af_auth_oidc_attempts: AttemptRow;
}

/** Chance as text that may stand in a URL or a cookie. */
export function chance(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/** SHA-256, hex: what is kept of what is chance. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
