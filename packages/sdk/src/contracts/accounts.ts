import { defineContract, type SingleContract } from '../contract.ts';
import type { ChangeCondition } from './change-condition.ts';
import type { Permission } from './permission.ts';
import type { ResourceGrant } from './principal.ts';

/** A person, or a program with a name of its own. It belongs to the platform; what it may do, to its tenants. */
export interface Account {
  readonly id: string;
  readonly kind: 'user' | 'service';
  readonly name: string;
  /** In lower case; unique. */
  readonly email?: string;
  /** Nothing it has proves anything while it is. */
  readonly disabled: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** What an account has in a tenant. */
export interface Membership {
  readonly account: string;
  readonly tenant: string;
  /** Names of roles, built-in or the tenant's own. */
  readonly roles: readonly string[];
  readonly grants: readonly ResourceGrant[];
}

/** What an account may do in a tenant at this moment. */
export interface AccountRights extends Membership {
  /** Id of the membership: another one when the account left and came back. What was given before stays dead. */
  readonly membership: string;
  readonly kind: Account['kind'];
  /** Names of permissions, in order. */
  readonly permissions: readonly string[];
}

/** A role: a name for permissions. */
export interface Role {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
  /** Built-in roles are the same for all tenants, and what plugins say of them cannot be changed. */
  readonly builtIn: boolean;
}

/** Why something is allowed, or is not. */
export interface AccessExplanation {
  readonly allowed: boolean;
  /** One sentence each, the deciding one first. */
  readonly reasons: readonly string[];
}

/** What is to become of a member; everything in place of what was. */
export interface MemberChange {
  readonly roles: readonly string[];
  readonly grants?: readonly ResourceGrant[];
}

/**
 * Who there is, what belongs to which tenant, and what they may do. Nothing here asks who is asking: that is up to
 * the caller.
 */
export interface Accounts {
  /** Hears of the permissions there are. Until then nobody has any. The HTTP API says so when it begins to serve. */
  know(permissions: readonly Permission[]): void;
  /** Those it was told of, by name. */
  permissions(): readonly Permission[];
  /**
   * What an account may do; in its first tenant where none is named. `undefined` when it is disabled, unknown or no
   * member. A change holds at once in this process, and within seconds in all.
   */
  rights(account: string, tenant?: string): AccountRights | undefined | Promise<AccountRights | undefined>;
  /** Why an account may do something, or may not, in words. */
  explain(
    account: string,
    what: { readonly tenant: string; readonly permission: string; readonly resource?: string },
  ): Promise<AccessExplanation>;
  /** An account by its id or its email. */
  account(idOrEmail: string): Promise<Account | undefined>;
  /** Whether there is no account at all. */
  isEmpty(): Promise<boolean>;
  /** AF_ACCOUNTS_EMAIL_TAKEN; AF_ACCOUNTS_INVALID. */
  create(account: {
    readonly kind: Account['kind'];
    readonly name: string;
    readonly email?: string;
  }): Promise<Account>;
  /** Takes everything it has out of force, or puts it back. AF_ACCOUNTS_UNKNOWN. */
  disable(account: string, disabled: boolean, condition?: ChangeCondition<Account>): Promise<void>;
  /** Tenants an account belongs to, in the order it joined them. */
  memberships(account: string): Promise<readonly (Membership & Pick<AccountRights, 'membership'>)[]>;
  /** Members of a tenant with their accounts, by id. */
  members(tenant: string): Promise<readonly (Membership & { readonly of: Account })[]>;
  /** Makes an account a member, or changes what it has. AF_ACCOUNTS_UNKNOWN; AF_ACCOUNTS_INVALID for unknown roles. */
  setMember(
    tenant: string,
    account: string,
    change: MemberChange,
    condition?: ChangeCondition<Membership>,
  ): Promise<Membership>;
  /** Whether it was one. */
  removeMember(tenant: string, account: string, condition?: ChangeCondition<Membership>): Promise<boolean>;
  /** Built-in roles and the tenant's own. */
  roles(tenant: string): Promise<readonly Role[]>;
  /** Makes or changes a role of a tenant. AF_ACCOUNTS_INVALID. */
  putRole(tenant: string, role: Omit<Role, 'builtIn'>, condition?: ChangeCondition<Role>): Promise<Role>;
  /** Whether there was one. Members lose what it gave. */
  removeRole(tenant: string, name: string, condition?: ChangeCondition<Role>): Promise<boolean>;
  /** What a set of roles allows in a tenant. */
  permissionsOf(tenant: string, roles: readonly string[]): Promise<readonly string[]>;
  /** Forgets members and roles of a tenant. Accounts stay. */
  forgetTenant(tenant: string): Promise<void>;
}

/** Token of {@link Accounts}. */
export const Accounts: SingleContract<Accounts> = defineContract<Accounts>({
  id: 'accounts',
  version: '1.0.0',
  description: 'Who there is, and what they may do in which tenant.',
});
