import { isAgentFactoryError, type Contribution, type JsonObject, type JsonSchema } from '@agent-factory/sdk';
import {
  accountsErrors as errors,
  accountsErrorTable as errorTable,
  conditionOf,
  preconditionErrorTable,
  storageErrors,
  storageErrorTable,
  eraseOutside,
  eraseTenant,
  type Account,
  type Accounts,
  type HttpRoute,
  type TenantEraser,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import { unknownAccount } from '../account-rules.ts';
import { answerOf, exactly, namesSchema, pathOf, removedResponse } from './account-schemas.ts';

const tenantId: JsonSchema = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'Lower-case letters, digits and dashes.',
};
const thereResponse = answerOf('It is there.', exactly({ tenant: tenantId }), { tenant: 'acme' });
const shownOf = (tenant: string): JsonObject => ({ tenant });
const disabledSchema = exactly({ disabled: { type: 'boolean' } });
const disabledOf = ({ disabled }: Account): JsonObject => ({ disabled });

/** Tenants and accounts of the platform. */
export function tenantRoutes(
  accounts: Accounts,
  tenants: TenantStorage,
  erasers: readonly Contribution<TenantEraser>[],
): readonly HttpRoute[] {
  const shared = { tag: 'Tenants' } as const;
  const one = {
    ...shared,
    path: '/api/v1/tenants/{tenant}',
    params: exactly({ tenant: tenantId }),
  } as const;
  const changeOne = { ...one, permission: 'tenants:write', preconditions: true, rate: 'write' } as const;
  const disabling = {
    ...shared,
    path: '/api/v1/accounts/{account}/disabled',
    permission: 'accounts:write',
    params: pathOf('account', 'Id of the account.'),
  } as const;
  const { AF_ACCOUNTS_UNKNOWN, AF_ACCOUNTS_SELF } = errorTable;
  const { AF_TENANT_UNKNOWN, AF_TENANT_PROTECTED } = storageErrorTable;
  const hasPeople = async (tenant: string): Promise<boolean> =>
    (await accounts.members(tenant)).length > 0 ||
    (await accounts.roles(tenant)).some(({ builtIn }) => !builtIn);
  const isThere = async (tenant: string): Promise<boolean> => {
    try {
      await tenants.tenant(tenant);
      return true;
    } catch (error) {
      if (isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) return false;
      throw error;
    }
  };
  return [
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/tenants',
      operationId: 'listTenants',
      summary: 'List tenants by id.',
      permission: 'tenants:read',
      query: {
        type: 'object',
        properties: {
          after: { ...tenantId, description: 'Only those behind this one.' },
          limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
        },
        additionalProperties: false,
      },
      responses: { 200: answerOf('Their ids.', exactly({ tenants: namesSchema }), { tenants: ['default'] }) },
      rate: 'read',
      handler: async ({ query }) => ({ body: { tenants: await tenants.list(query) } }),
    },
    {
      ...one,
      method: 'GET',
      operationId: 'getTenant',
      revalidates: true,
      summary: 'Say that a tenant is there.',
      permission: 'tenants:read',
      responses: { 200: thereResponse },
      errors: { AF_TENANT_UNKNOWN },
      rate: 'read',
      handler: async ({ params: { tenant = '' } }) => {
        if (!(await isThere(tenant))) throw storageErrors.AF_TENANT_UNKNOWN({ tenant });
        return { body: shownOf(tenant) };
      },
    },
    {
      ...changeOne,
      method: 'PUT',
      operationId: 'createTenant',
      summary: 'Make a tenant, with its first administrator where one is named.',
      description: 'One that is there stays as it is, and gets no administrator this way.',
      body: exactly(
        { admin: { type: 'string', minLength: 1, maxLength: 100, description: 'Id of an account.' } },
        ['admin'],
      ),
      bodyExample: { admin: 'usr_5f0c6d0e9b7a4d3c8e21' },
      responses: { 200: thereResponse },
      errors: { AF_ACCOUNTS_UNKNOWN, ...preconditionErrorTable },
      handler: async (request) => {
        const {
          params: { tenant = '' },
          body,
        } = request;
        const { check } = conditionOf(request, shownOf);
        const { admin } = body as { readonly admin?: string }; // as its schema says
        if (admin !== undefined && !(await accounts.account(admin))) throw unknownAccount(admin);
        const left = await hasPeople(tenant);
        const before = await isThere(tenant);
        check?.(before ? tenant : undefined);
        // Whoever manages the platform sees no data of a tenant, and must not let themselves into one.
        if (!before) {
          // One of this name may have been erased without a word to us: nothing of it comes back, nor its members.
          await eraseOutside(erasers, tenant);
          // Where nobody was left, whoever is there by now was let in by somebody quicker.
          if (left) await accounts.forgetTenant(tenant);
          const isMade = await tenants.create(tenant);
          if (!isMade) check?.(tenant);
          else if (admin !== undefined) await accounts.setMember(tenant, admin, { roles: ['tenant-admin'] });
        }
        return { body: shownOf(tenant) };
      },
    },
    {
      ...changeOne,
      method: 'DELETE',
      operationId: 'eraseTenant',
      summary: 'Erase a tenant and everything it has, for good.',
      responses: { 200: removedResponse },
      errors: { AF_TENANT_UNKNOWN, AF_TENANT_PROTECTED, ...preconditionErrorTable },
      handler: async (request) => {
        const { tenant = '' } = request.params;
        const { check } = conditionOf(request, shownOf);
        check?.((await isThere(tenant)) ? tenant : undefined);
        const wasThere = await eraseTenant(tenants, erasers, tenant);
        if (!wasThere) check?.(undefined);
        // Also where only the members are left, of one that was erased by another way or halfway.
        await accounts.forgetTenant(tenant);
        if (!wasThere) throw storageErrors.AF_TENANT_UNKNOWN({ tenant });
        return { body: { removed: true } };
      },
    },
    {
      ...disabling,
      method: 'GET',
      operationId: 'getAccountDisabled',
      revalidates: true,
      summary: 'Say whether everything an account has is out of force.',
      responses: { 200: answerOf('Whether it is.', disabledSchema, { disabled: true }) },
      errors: { AF_ACCOUNTS_UNKNOWN },
      rate: 'read',
      handler: async ({ params: { account: id = '' } }) => {
        const account = await accounts.account(id);
        if (account?.id !== id) throw unknownAccount(id); // an email is no id
        return { body: disabledOf(account) };
      },
    },
    {
      ...disabling,
      method: 'PUT',
      operationId: 'disableAccount',
      preconditions: true,
      summary: 'Take everything an account has out of force, or put it back.',
      body: disabledSchema,
      bodyExample: { disabled: true },
      responses: { 200: answerOf('Done.', disabledSchema, { disabled: true }) },
      errors: { AF_ACCOUNTS_UNKNOWN, AF_ACCOUNTS_SELF, ...preconditionErrorTable },
      rate: 'write',
      handler: async (request) => {
        const {
          params: { account = '' },
          body,
          principal,
        } = request;
        const { disabled } = body as { readonly disabled: boolean }; // as its schema says
        if (principal.id === account) throw errors.AF_ACCOUNTS_SELF({});
        await accounts.disable(account, disabled, conditionOf(request, disabledOf));
        return { body: { disabled } };
      },
    },
  ];
}
