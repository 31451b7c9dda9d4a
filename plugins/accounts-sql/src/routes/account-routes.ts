import type { Contribution } from '@agent-factory/sdk';
import type {
  Accounts,
  HttpRoute,
  Permission,
  TenantEraser,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import { builtInRoles, type BuiltInRole } from '@agent-factory/sdk/contracts';
import { meRoutes } from './me-routes.ts';
import { memberRoutes } from './member-routes.ts';
import { roleRoutes } from './role-routes.ts';
import { tenantRoutes } from './tenant-routes.ts';

const admin: readonly BuiltInRole[] = ['tenant-admin'];
const everybody = Object.keys(builtInRoles) as BuiltInRole[]; // its keys

/** What the routes of this plugin ask for. */
export const accountPermissions: readonly Permission[] = [
  { name: 'me:read', description: 'See who one is and what one may do.', roles: everybody },
  { name: 'members:read', description: 'See the members of the tenant.', roles: admin },
  {
    name: 'members:write',
    description: 'Let people and programs in, change what they have, put them out.',
    roles: admin,
    danger: 'high',
  },
  { name: 'roles:read', description: 'See roles and permissions.', roles: ['builder', 'tenant-admin'] },
  { name: 'roles:write', description: 'Make and change roles of the tenant.', roles: admin, danger: 'high' },
  {
    name: 'tenants:read',
    description: 'See which tenants there are.',
    roles: ['platform-admin'],
    scope: 'platform',
  },
  {
    name: 'tenants:write',
    description: 'Make tenants, and erase them with all they have.',
    roles: ['platform-admin'],
    scope: 'platform',
    danger: 'high',
  },
  {
    name: 'accounts:write',
    description: 'Disable accounts of the whole platform, and put them back.',
    roles: ['platform-admin'],
    scope: 'platform',
    danger: 'high',
  },
];

/** Routes about who there is and what they may do. */
export function accountRoutes(
  accounts: Accounts,
  tenants: TenantStorage,
  erasers: readonly Contribution<TenantEraser>[],
): readonly HttpRoute[] {
  return [
    ...meRoutes(accounts),
    ...memberRoutes(accounts),
    ...roleRoutes(accounts),
    ...tenantRoutes(accounts, tenants, erasers),
  ];
}
