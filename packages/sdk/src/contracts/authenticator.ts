import { defineCollection, type CollectionContract } from '../contract.ts';
import type { JsonObject } from '../json.ts';
import type { Principal } from './principal.ts';

/** What a request brings that may prove who makes it. */
export interface RequestCredentials {
  /** The header `authorization`, as it came. */
  readonly authorization?: string;
  /** The header `cookie`, as it came. */
  readonly cookie?: string;
  /** The tenant that the header `x-tenant` asks for. */
  readonly tenant?: string;
  /** The header `x-csrf-token`. */
  readonly csrfToken?: string;
  /** Whether the request may change something. */
  readonly unsafe: boolean;
}

/**
 * One way to prove who makes a request: an API key, a session, a token. As soon as one is active, nobody gets in
 * without.
 */
export interface Authenticator {
  /** Short name, unique: `api-key`. */
  readonly scheme: string;
  /** Its OpenAPI security scheme. */
  readonly security: JsonObject;
  /**
   * The principal; `undefined` when the request brings no credential of this kind, so that the next may look.
   * AF_ACCESS_CREDENTIAL_INVALID when it brings one that does not hold, AF_ACCESS_TENANT_REFUSED when it asks for a
   * tenant that is not the principal's. Neither error says why.
   */
  authenticate(credentials: RequestCredentials): Promise<Principal | undefined>;
}

/** Collection of {@link Authenticator}. */
export const Authenticator: CollectionContract<Authenticator> = defineCollection<Authenticator>({
  id: 'authenticator',
  version: '1.0.0',
  description: 'Ways to prove who makes a request.',
});
