import { readerRoles, type Permission } from '@agent-factory/sdk/contracts';

/** What looking at pages asks for. */
export const readPermission: Permission = {
  name: 'console:read',
  description: 'Look at the pages that plugins show in the console.',
  roles: readerRoles,
};

/** What sending forms, and messages of frames, asks for. */
export const writePermission: Permission = {
  name: 'console:write',
  description: 'Send forms of pages in the console, and use what is in their frames.',
  roles: ['operator', 'builder', 'tenant-admin'],
};

/** Both; a page may ask for one more. */
export const consolePermissions: readonly Permission[] = [readPermission, writePermission];
