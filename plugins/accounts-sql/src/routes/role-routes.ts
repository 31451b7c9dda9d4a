import type { Json } from '@agent-factory/sdk';
import {
  accountsErrors as errors,
  accountsErrorTable as errorTable,
  checkGivable,
  conditionOf,
  preconditionErrorTable,
  type Accounts,
  type HttpRoute,
  type Role,
} from '@agent-factory/sdk/contracts';
import {
  answerOf,
  exactly,
  exampleRole,
  listOf,
  namesSchema,
  pathOf,
  removedResponse,
  roleSchema,
} from './account-schemas.ts';

/** Roles of the tenant of whoever asks, and the permissions they are made of. */
export function roleRoutes(accounts: Accounts): readonly HttpRoute[] {
  const shared = { tag: 'Roles' } as const;
  const one = {
    ...shared,
    path: '/api/v1/roles/{role}',
    params: pathOf('role', 'Name of the role.'),
  } as const;
  const change = { ...one, permission: 'roles:write', preconditions: true, rate: 'write' } as const;
  const { AF_ACCOUNTS_INVALID, AF_ACCOUNTS_ROLE_BUILT_IN, AF_ACCOUNTS_ROLE_UNKNOWN } = errorTable;
  const permissionsNow = async (tenant: string, role: string): Promise<readonly string[]> =>
    accounts.permissionsOf(tenant, [role]);
  return [
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/permissions',
      operationId: 'listPermissions',
      revalidates: true,
      summary: 'List everything that may be allowed.',
      permission: 'roles:read',
      responses: {
        200: listOf(
          'permissions',
          exactly({
            name: { type: 'string' },
            description: { type: 'string' },
            roles: namesSchema,
            scope: { enum: ['tenant', 'platform'] },
            danger: { enum: ['low', 'high'] },
          }),
          {
            name: 'runs:read',
            description: 'Look at runs and follow them.',
            roles: ['viewer'],
            scope: 'tenant',
            danger: 'low',
          },
        ),
      },
      rate: 'read',
      handler: async () => ({
        body: {
          permissions: accounts.permissions().map((permission) => ({
            scope: 'tenant',
            danger: 'low',
            ...permission,
          })),
        },
      }),
    },
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/roles',
      operationId: 'listRoles',
      revalidates: true,
      summary: 'List the roles that members can have.',
      permission: 'roles:read',
      responses: { 200: listOf('roles', roleSchema, exampleRole) },
      rate: 'read',
      handler: async ({ principal }) => ({
        body: { roles: (await accounts.roles(principal.tenant)) as unknown as Json }, // plain data
      }),
    },
    {
      ...one,
      method: 'GET',
      operationId: 'getRole',
      revalidates: true,
      summary: 'Show one role.',
      permission: 'roles:read',
      responses: { 200: answerOf('The role.', roleSchema, exampleRole) },
      errors: { AF_ACCOUNTS_ROLE_UNKNOWN },
      rate: 'read',
      handler: async ({ params: { role: name = '' }, principal }) => {
        const found = (await accounts.roles(principal.tenant)).find((role) => role.name === name);
        if (!found) throw errors.AF_ACCOUNTS_ROLE_UNKNOWN({ role: name });
        return { body: bodyOf(found) };
      },
    },
    {
      ...change,
      method: 'PUT',
      operationId: 'putRole',
      summary: 'Make a role of the tenant, or change one.',
      description: 'Whoever has it may do what it says from their next request on.',
      body: exactly({
        description: { type: 'string', maxLength: 500 },
        permissions: namesSchema,
      }),
      bodyExample: { description: exampleRole.description, permissions: exampleRole.permissions },
      responses: { 200: answerOf('The role.', roleSchema, exampleRole) },
      errors: { AF_ACCOUNTS_INVALID, AF_ACCOUNTS_ROLE_BUILT_IN, ...preconditionErrorTable },
      handler: async (request) => {
        const {
          params: { role: name = '' },
          body,
          principal,
        } = request;
        const { description, permissions } = body as { description: string; permissions: string[] }; // as its schema says
        checkGivable(principal, [...(await permissionsNow(principal.tenant, name)), ...permissions]);
        const role = { name, description, permissions };
        const kept = await accounts.putRole(principal.tenant, role, conditionOf(request, bodyOf));
        return { body: bodyOf(kept) };
      },
    },
    {
      ...change,
      method: 'DELETE',
      operationId: 'removeRole',
      summary: 'Remove a role of the tenant. Members lose what it gave.',
      responses: { 200: removedResponse },
      errors: { AF_ACCOUNTS_ROLE_BUILT_IN, AF_ACCOUNTS_ROLE_UNKNOWN, ...preconditionErrorTable },
      handler: async (request) => {
        const {
          params: { role = '' },
          principal,
        } = request;
        checkGivable(principal, await permissionsNow(principal.tenant, role));
        if (!(await accounts.removeRole(principal.tenant, role, conditionOf(request, bodyOf))))
          throw errors.AF_ACCOUNTS_ROLE_UNKNOWN({ role });
        return { body: { removed: true } };
      },
    },
  ];
}

function bodyOf(role: Role): Json {
  return role as unknown as Json; // plain data
}
