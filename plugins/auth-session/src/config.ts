import type { Secret } from '@agent-factory/sdk';

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface AuthSessionConfig {
  /** Where people reach the platform; links begin with it. Default `http://127.0.0.1:7070`. */
  readonly publicUrl: string;
  /** What the owner logs in with. Default `owner@localhost`. */
  readonly ownerEmail: string;
  /** Cookies go over HTTPS alone, or to localhost. Default true. */
  readonly secureCookies: boolean;
  /** Milliseconds without a request after which a session is over. Default 8 hours. */
  readonly idleMs: number;
  /** Milliseconds after which a session is over at the latest. Default 7 days. */
  readonly maxMs: number;
  /** Milliseconds that a link to set a password holds. Default 3 days. */
  readonly invitationMs: number;
  /** Milliseconds that a session is kept in memory. Default 5,000. */
  readonly keepMs: number;
  /** Encrypts the secrets of second factors. Without it nobody can set one up. */
  readonly secondFactorKey?: Secret;
}
