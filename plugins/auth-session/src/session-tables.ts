import { createHash, randomBytes } from 'node:crypto';

/** A session as it is kept. */
export interface SessionRow {
  readonly id: string;
  readonly hash: string;
  readonly account: string;
  readonly csrf: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly expires_at: number;
}

/** Wrong tries for an email. */
export interface FailureRow {
  readonly subject: string;
  readonly count: number;
  readonly last_at: number;
}

/** The tables, as migrations make them. */
export interface SessionTables {
  af_auth_session_passwords: {
    readonly account: string;
    readonly hash: string;
    readonly changed_at: number;
  };
  af_auth_session_totps: {
    readonly account: string;
    readonly secret: string;
    readonly confirmed: number;
    readonly last_step: number;
  };
  af_auth_session_sessions: SessionRow;
  af_auth_session_invitations: {
    readonly hash: string;
    readonly account: string;
    readonly created_by: string;
    readonly expires_at: number;
  };
  af_auth_session_failures: FailureRow;
}

/** Chance as text that may stand in a URL or a cookie. */
export function chance(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/** SHA-256, hex: what is kept of what is chance. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
