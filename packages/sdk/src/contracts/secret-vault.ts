import { defineContract, type SingleContract } from '../contract.ts';
import type { Secret } from '../secret.ts';

/** What is told of a secret that a tenant keeps. Its value is told to nobody. */
export interface SecretFacts {
  readonly name: string;
  /** Empty where nobody gave one. */
  readonly description: string;
  /** Hosts (`host` or `host:port`) it may be sent to. */
  readonly hosts: readonly string[];
  /** From 1; each new value has the next. */
  readonly version: number;
  /** Milliseconds since the epoch, like all times here. */
  readonly createdAt: number;
  readonly changedAt: number;
  /** To the hour. Left out where nobody has used it. */
  readonly lastUsedAt?: number;
  /** Its entity tag, in its quotes: another with each version, and for another secret of the name. */
  readonly tag: string;
}

/** One value of a secret, without the value. */
export interface SecretVersion {
  readonly version: number;
  readonly hosts: readonly string[];
  readonly createdAt: number;
}

/** A secret with the versions that are kept, newest first. */
export interface SecretDetails extends SecretFacts {
  readonly versions: readonly SecretVersion[];
}

/** A new value. What is left out is empty: no value goes on to hosts that it was not given with. */
export interface SecretChange {
  readonly value: Secret;
  /** Default none. */
  readonly hosts?: readonly string[];
  /** Default empty. */
  readonly description?: string;
}

/** When a change is made. */
export interface SecretCondition {
  /**
   * Asked with the tag of what is there, `undefined` for nothing, while nobody else can change it; AF_SECRET_UNMATCHED
   * where it says no. Default: the change is made.
   */
  holds?(tag: string | undefined): boolean;
}

/** The secrets one tenant keeps. Nothing here asks who is asking, and nothing gives a value. */
export interface TenantSecrets {
  /** By name. */
  list(): Promise<readonly SecretFacts[]>;
  get(name: string): Promise<SecretDetails | undefined>;
  /** Gives a secret a value. AF_SECRET_INVALID; AF_SECRET_FULL; AF_SECRET_UNMATCHED. */
  put(name: string, change: SecretChange, condition?: SecretCondition): Promise<SecretFacts>;
  /**
   * Makes the value and hosts of a version that is kept those of a new one. AF_SECRET_NOT_FOUND;
   * AF_SECRET_VERSION_UNKNOWN; AF_SECRET_UNMATCHED; what opening it fails with.
   */
  rollback(name: string, version: number, condition?: SecretCondition): Promise<SecretFacts>;
  /** With all its versions. AF_SECRET_NOT_FOUND; AF_SECRET_UNMATCHED. */
  remove(name: string, condition?: SecretCondition): Promise<void>;
}

/** A key of the operator, and what it still holds. */
export interface SecretKeyUsage {
  readonly id: string;
  /** `seals`: what is new; `opens`: what is older; `missing`: it is not configured, and what it holds cannot be opened. */
  readonly state: 'seals' | 'opens' | 'missing';
  /** Data keys that it wraps now. */
  readonly wraps: number;
  /** Data keys that were made under it, whatever wraps them now. */
  readonly made: number;
}

/** How far everything is put under the key that seals. */
export interface RewrapOptions {
  /** Tenants after this one alone: `next` of an earlier call. */
  readonly after?: string;
  /** At most so many tenants, one at least. Default: all. */
  readonly limit?: number;
  /**
   * Whoever has had a key can have the data keys that were made under it. With this, data keys that were made under
   * another key than the one that seals are replaced, and all values sealed anew. Default false.
   */
  readonly renew?: boolean;
  /** Ends it after the tenant it is at; it rejects with the reason, and is begun again. */
  readonly signal?: AbortSignal;
}

/** What was done. All counts are 0 where everything was under the key already. */
export interface RewrapReport {
  /** Tenants that were looked at. */
  readonly tenants: number;
  /** Data keys that were wrapped anew. */
  readonly rewrapped: number;
  /** Values that were sealed anew. */
  readonly resealed: number;
  /** Data keys and values that could not be opened, and are as they were. */
  readonly unopened: number;
  /** The tenant it ended at, where there are more. */
  readonly next?: string;
}

/** Secrets that tenants keep themselves, encrypted under keys of the operator. They are used by the `SecretStore`. */
export interface SecretVault {
  tenant(id: string): TenantSecrets;
  /** Every key that is configured or still holds something; the one that seals first. */
  usage(): Promise<readonly SecretKeyUsage[]>;
  /**
   * Puts data keys under the key that seals, tenant by tenant. Reads go on meanwhile; broken off at any moment, it is
   * begun again.
   */
  rewrap(options?: RewrapOptions): Promise<RewrapReport>;
}

/** Token of {@link SecretVault}. */
export const SecretVault: SingleContract<SecretVault> = defineContract<SecretVault>({
  id: 'secret-vault',
  version: '1.0.0',
  description: 'Secrets that tenants keep themselves, encrypted under keys of the operator.',
});
