import { builderRoles, type Permission } from '@agent-factory/sdk/contracts';

/** What the routes of this plugin ask for. */
export const secretPermissions: readonly Permission[] = [
  {
    name: 'secrets:read',
    description: 'See which secrets the tenant has, and where they may be sent; never their values.',
    roles: builderRoles,
  },
  {
    name: 'secrets:manage',
    description: 'Set, roll back and remove secrets of the tenant.',
    roles: ['tenant-admin'],
    danger: 'high',
  },
  {
    name: 'secret-keys:read',
    description: 'See which keys of the operator secrets of tenants are under.',
    roles: ['platform-admin'],
    scope: 'platform',
  },
  {
    name: 'secret-keys:write',
    description: 'Put the secrets of all tenants under the key of the operator that seals now.',
    roles: ['platform-admin'],
    scope: 'platform',
  },
];
