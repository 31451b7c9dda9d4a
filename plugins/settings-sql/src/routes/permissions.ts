import { builderRoles, type Permission } from '@agent-factory/sdk/contracts';

/** What the routes of this plugin ask for. */
export const settingPermissions: readonly Permission[] = [
  {
    name: 'settings:read',
    description: 'Read what is set for the tenant, and what can be.',
    roles: builderRoles,
  },
  {
    name: 'settings:write',
    description: 'Set what a tenant may set for itself.',
    roles: ['tenant-admin'],
    danger: 'high',
  },
  {
    name: 'settings:platform',
    description: 'Read and set all settings of each tenant.',
    roles: ['platform-admin'],
    scope: 'platform',
  },
];
