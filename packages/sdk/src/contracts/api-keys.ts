import { defineContract, type SingleContract } from '../contract.ts';
import type { ChangeCondition } from './change-condition.ts';

/** A key, without the secret, which nobody can read again. */
export interface ApiKey {
  readonly id: string;
  /** Whose rights it carries. */
  readonly account: string;
  readonly name: string;
  /** It carries these permissions of the account and no others. Default: all it has. */
  readonly scopes?: readonly string[];
  /** Milliseconds since the epoch, like all times here. */
  readonly createdAt: number;
  readonly createdBy: string;
  /** From then on it proves nothing. */
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  /** To the minute. */
  readonly lastUsedAt?: number;
  /** The key it was made to take the place of. */
  readonly replaces?: string;
}

/** A key as it is handed out, once. */
export interface NewApiKey {
  readonly key: ApiKey;
  /** `af_<id>_<secret and checksum>` */
  readonly secret: string;
}

/** The keys of a tenant's members. Nothing here asks who is asking. */
export interface TenantApiKeys {
  /** Newest first. */
  list(): Promise<readonly ApiKey[]>;
  get(id: string): Promise<ApiKey | undefined>;
  /** AF_API_KEY_ACCOUNT where the account is no member. */
  create(wish: {
    readonly account: string;
    readonly name: string;
    readonly scopes?: readonly string[];
    readonly expiresAt?: number;
    /** When it ends at the latest: a key makes none that outlives it. AF_API_KEY_EXPIRY where more is asked for. */
    readonly noLaterThan?: number;
    readonly by: string;
  }): Promise<NewApiKey>;
  /** A key in the place of another, which holds for `overlapMs` more. AF_API_KEY_UNKNOWN; AF_API_KEY_OVER. */
  rotate(
    id: string,
    options: { readonly overlapMs: number; readonly by: string; readonly noLaterThan?: number },
  ): Promise<NewApiKey>;
  /** AF_API_KEY_UNKNOWN. One that is revoked stays as it is. */
  revoke(id: string, condition?: ChangeCondition<ApiKey>): Promise<ApiKey>;
}

/** Keys that programs prove themselves with. */
export interface ApiKeys {
  tenant(id: string): TenantApiKeys;
}

/** Token of {@link ApiKeys}. */
export const ApiKeys: SingleContract<ApiKeys> = defineContract<ApiKeys>({
  id: 'api-keys',
  version: '1.0.0',
  description: 'Keys that programs prove themselves with.',
});
