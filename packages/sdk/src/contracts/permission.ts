import { defineCollection, type CollectionContract } from '../contract.ts';

/**
 * The roles that are always there, from the least to the most; `service` is for programs and stands beside them.
 * What a role may do is what the permissions say that name it.
 */
export const builtInRoles = {
  viewer: 'Looks at what there is.',
  operator: 'Starts runs, follows and cancels them, and answers what they ask.',
  builder: 'Makes agents, tools and workflows.',
  'tenant-admin': 'Manages the tenant: its people, roles, keys and records.',
  'platform-admin': 'Manages the platform: plugins and tenants. Sees no data of a tenant.',
  service: 'What a program needs to run agents.',
} as const;

/** One of {@link builtInRoles}. */
export type BuiltInRole = keyof typeof builtInRoles;

/**
 * Something that may be allowed. Plugins contribute the permissions their routes and tools ask for; a route whose
 * permission nobody contributed is not served.
 */
export interface Permission {
  /** `<things>:<verb>`, such as `runs:read`. */
  readonly name: string;
  /** What it allows, as one sentence. */
  readonly description: string;
  /** Roles that have it unless the operator says otherwise. */
  readonly roles: readonly BuiltInRole[];
  /** `platform`: it is about the platform and not about the tenant of whoever has it. Default `tenant`. */
  readonly scope?: 'tenant' | 'platform';
  /** `high`: can give power away, destroy, or spend without bound. Default `low`. */
  readonly danger?: 'low' | 'high';
}

/** Collection of {@link Permission}. */
export const Permission: CollectionContract<Permission> = defineCollection<Permission>({
  id: 'permission',
  version: '1.0.0',
  description: 'What may be allowed.',
});

/** What names a permission. */
export const permissionNamePattern: RegExp = /^[a-z][a-z0-9-]{0,39}:[a-z][a-z0-9-]{0,39}$/;

/** Roles for what anybody of a tenant may look at. */
export const readerRoles: readonly BuiltInRole[] = ['viewer', 'operator', 'builder', 'tenant-admin'];

/** Roles for what is made and changed. */
export const builderRoles: readonly BuiltInRole[] = ['builder', 'tenant-admin'];
