import { builderRoles, readerRoles, type Permission } from '@agent-factory/sdk/contracts';

/** What may be allowed of knowledge bases. */
export const knowledgePermissions: readonly Permission[] = [
  {
    name: 'knowledge:read',
    description: 'Look at knowledge bases and search them.',
    roles: [...readerRoles, 'service'],
  },
  {
    name: 'knowledge:write',
    description: 'Make, change and remove knowledge bases, and take documents in.',
    roles: builderRoles,
  },
];
