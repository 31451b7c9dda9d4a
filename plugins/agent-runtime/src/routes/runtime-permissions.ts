import { builderRoles, readerRoles, type Permission } from '@agent-factory/sdk/contracts';

const made = ['agents', 'workflows', 'routers'] as const;
const starters = ['operator', 'builder', 'tenant-admin', 'service'] as const;

/** What the routes of this plugin, and the questions of its runs, ask for. */
export const runtimePermissions: readonly Permission[] = [
  ...made.flatMap((things): Permission[] => [
    { name: `${things}:read`, description: `Look at ${things}.`, roles: [...readerRoles, 'service'] },
    { name: `${things}:write`, description: `Make, change and remove ${things}.`, roles: builderRoles },
  ]),
  { name: 'runs:read', description: 'Look at runs and follow them.', roles: [...readerRoles, 'service'] },
  { name: 'runs:write', description: 'Start runs, tell them things and cancel them.', roles: starters },
  { name: 'runs:replay', description: 'Execute runs again against their journals.', roles: starters },
  {
    name: 'memory:write',
    description: 'Erase what agents remember of a session or user.',
    roles: ['tenant-admin', 'service'],
    danger: 'high',
  },
  {
    name: 'runs:approve',
    description: 'Answer runs that ask a person.',
    roles: ['operator', 'builder', 'tenant-admin'],
    danger: 'high',
  },
  {
    name: 'approvals:write',
    description: 'Answer what a step of a workflow asks when it names no other permission.',
    roles: ['operator', 'builder', 'tenant-admin'],
    danger: 'high',
  },
];
