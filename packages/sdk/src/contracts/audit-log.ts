import { defineContract, type SingleContract } from '../contract.ts';

/** What somebody did, or was refused. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Id of the principal; `anonymous` where nobody proved who they are. */
  readonly who: string;
  /** The tenant the principal stood in; left out where nobody's is known. */
  readonly tenant?: string;
  /** What it was proven with: `api-key:7Yh2kP0aQx3B`. */
  readonly credential?: string;
  /** Operation id of the route: `putAgent`; of a command `cli:storage erase-tenant`. */
  readonly action: string;
  /** What the route asks for: `agents:write`; left out where it asks for nothing. */
  readonly permission?: string;
  /** What it was done to: the path of the request, or an account. */
  readonly target: string;
  /** `refused`: it was not allowed; `failed`: it was, and went wrong. */
  readonly outcome: 'done' | 'refused' | 'failed';
  /** Code of the error, where there was one. */
  readonly code?: string;
  /** Id of the request, as in the log. */
  readonly requestId: string;
}

/** An entry in its place in a chain. */
export interface AuditRecord extends AuditEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  /** SHA-256 over the hash before and this entry in canonical JSON (RFC 8785), hex. */
  readonly hash: string;
}

/** Which entries are looked for. */
export interface AuditQuery {
  /** Only entries before this number. */
  readonly before?: number;
  /** Default 50, at most 200. */
  readonly limit?: number;
  readonly who?: string;
  readonly action?: string;
  readonly outcome?: AuditEntry['outcome'];
}

/** Whether a chain is whole. */
export type AuditVerdict =
  | { readonly whole: true; readonly entries: number; readonly head: string }
  /** The first entry that does not fit. */
  | { readonly whole: false; readonly seq: number; readonly reason: string };

/** Entries of one tenant, or of the platform. Those that come at the same moment are written together. */
export interface AuditChain {
  /** Resolves once it is kept; rejects where it could not be, and then it is not. */
  record(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(query?: AuditQuery): Promise<readonly AuditRecord[]>;
  /**
   * Reads the whole chain. A chain tells of every change within it; that its end was cut off shows only against a head
   * that was written down elsewhere: `head`.
   */
  verify(head?: { readonly seq: number; readonly hash: string }): Promise<AuditVerdict>;
}

/** What was changed and what was refused, kept so that it shows when somebody alters it. */
export interface AuditLog {
  /**
   * The chain of a tenant; without one that of the platform: what concerns the platform, and what was refused where
   * nobody's tenant is known.
   */
  chain(tenant?: string): AuditChain;
}

/** Token of {@link AuditLog}. */
export const AuditLog: SingleContract<AuditLog> = defineContract<AuditLog>({
  id: 'audit-log',
  version: '1.0.0',
  description: 'What was changed and what was refused, in chains that show when they are altered.',
});
