import { defineCollection, type CollectionContract } from '../contract.ts';
import { isAgentFactoryError } from '../errors.ts';
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
  /**
   * Set where the answer is a secret, which may outlive what the request was proven with: whether that holds is read
   * anew, and not taken from memory. Default false.
   */
  readonly exact?: boolean;
}

/** Whose credential was refused: not who may do anything, but whom the audit log names. */
export interface KnownCaller extends Pick<Principal, 'id' | 'kind' | 'credential'> {
  /** Left out where the request asked for one that is not theirs, and none is known. */
  readonly tenant?: string;
}

/** Whom a refusal is about, where the authenticator knew. */
export function knownCaller(error: unknown): KnownCaller | undefined {
  if (!isAgentFactoryError(error)) return undefined;
  const found = error.details?.['caller'] as Partial<KnownCaller> | undefined; // by the contract; looked at below
  return typeof found?.id === 'string' && typeof found.kind === 'string' ? (found as KnownCaller) : undefined;
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
   * tenant that is not the principal's. Neither error says why; where it is known whose credential it was, the error
   * has a {@link KnownCaller} as its detail `caller`, for the audit log.
   */
  authenticate(credentials: RequestCredentials): Principal | undefined | Promise<Principal | undefined>;
}

/** Collection of {@link Authenticator}. */
export const Authenticator: CollectionContract<Authenticator> = defineCollection<Authenticator>({
  id: 'authenticator',
  version: '1.0.0',
  description: 'Ways to prove who makes a request.',
});
