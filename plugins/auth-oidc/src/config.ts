import type { Secret } from '@agent-factory/sdk';

/** Who comes with a proven email of these domains, and is not here yet, gets an account. */
export interface JoinRule {
  readonly domains: readonly string[];
  readonly tenant: string;
  readonly roles: readonly string[];
}

/** Who tells us who somebody is. */
export interface ProviderConfig {
  /** Short name, in the addresses; unique. */
  readonly id: string;
  /** `google` and `github` know their addresses. Default `oidc`. */
  readonly kind: 'google' | 'github' | 'oidc';
  /** What people read. Default: the id. */
  readonly name?: string;
  /** For `oidc`: its issuer, which tells the rest. For `github`: the address of an own server. */
  readonly issuer?: string;
  readonly clientId: string;
  readonly clientSecret?: Secret;
  /** Whether an email that this provider calls verified proves that it is theirs. Default false. */
  readonly trustEmail: boolean;
  /** Default: nobody gets an account by coming. */
  readonly join?: JoinRule;
}

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface AuthOidcConfig {
  /** Where people reach the platform. Default `http://127.0.0.1:7070`. */
  readonly publicUrl: string;
  /** Cookies go over HTTPS alone, or to localhost. Default true. */
  readonly secureCookies: boolean;
  /** Path where people land who asked for none. Default `/api/v1/me`. */
  readonly afterLogin: string;
  readonly providers: readonly ProviderConfig[];
}
