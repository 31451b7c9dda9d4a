import type { Json, JsonSchema } from '@agent-factory/sdk';
import {
  accountsErrors as errors,
  accountsErrorTable as errorTable,
  allows,
  checkGivable,
  conditionOf,
  preconditionErrorTable,
  type Accounts,
  type HttpRoute,
  type MemberChange,
  type Membership,
  type Principal,
} from '@agent-factory/sdk/contracts';
import { checkGrants, unknownAccount } from '../account-rules.ts';
import {
  accountSchema,
  answerOf,
  exampleAccount,
  exampleMember,
  exactly,
  grantsSchema,
  listOf,
  memberSchema,
  membershipSchema,
  namesSchema,
  pathOf,
  removedResponse,
} from './account-schemas.ts';

const change: Readonly<Record<string, JsonSchema>> = { roles: namesSchema, grants: grantsSchema };

/** Members of the tenant of whoever asks. */
export function memberRoutes(accounts: Accounts): readonly HttpRoute[] {
  const shared = { tag: 'Members' } as const;
  const one = {
    ...shared,
    path: '/api/v1/members/{account}',
    params: pathOf('account', 'Id of the account.'),
  } as const;
  const changed = { ...one, permission: 'members:write', preconditions: true, rate: 'write' } as const;
  const { AF_ACCOUNTS_UNKNOWN, AF_ACCOUNTS_INVALID, AF_ACCOUNTS_EMAIL_TAKEN } = errorTable;
  const { AF_ACCOUNTS_SELF, AF_ACCOUNTS_ROLE_UNKNOWN } = errorTable;

  const membershipIn = async (tenant: string, account: string): Promise<Membership | undefined> =>
    (await accounts.memberships(account)).find((membership) => membership.tenant === tenant);

  const checkMember = async (tenant: string, account: string): Promise<Membership> => {
    const found = await membershipIn(tenant, account);
    if (!found) throw unknownAccount(account);
    return found;
  };

  /**
   * Nobody gives what they do not have, nor changes somebody who has more, nor themselves. What somebody has counts
   * while their account is disabled too: it is in force again as soon as the account is.
   */
  const checkChange = async (
    principal: Principal,
    account: string,
    ...states: readonly (MemberChange | undefined)[]
  ): Promise<void> => {
    if (principal.id === account) throw errors.AF_ACCOUNTS_SELF({});
    for (const { roles, grants = [] } of states.filter((state) => state !== undefined)) {
      const ofRoles = await accounts.permissionsOf(principal.tenant, roles);
      checkGivable(principal, [...ofRoles, ...grants.map(({ permission }) => permission)]);
    }
  };

  return [
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/members',
      operationId: 'listMembers',
      summary: 'List the members of the tenant.',
      permission: 'members:read',
      responses: { 200: listOf('members', memberSchema, { ...exampleMember, of: exampleAccount }) },
      rate: 'read',
      handler: async ({ principal }) => ({
        body: { members: (await accounts.members(principal.tenant)) as unknown as Json }, // plain data
      }),
    },
    {
      ...shared,
      method: 'POST',
      path: '/api/v1/members',
      operationId: 'addMember',
      summary: 'Let a person or a program into the tenant.',
      description:
        'An account is made where nobody has the email yet. How it logs in is up to the plugins that authenticate. ' +
        "Nobody has proven that an account is its email's owner, and whoever made it may hold its password: so only " +
        'who manages accounts of the platform lets one in that is there already.',
      permission: 'members:write',
      body: exactly(
        {
          kind: { enum: ['user', 'service'] },
          name: { type: 'string', minLength: 1, maxLength: 200 },
          email: { type: 'string', minLength: 3, maxLength: 254 },
          ...change,
        },
        ['email', 'grants'],
      ),
      bodyExample: { kind: 'user', name: 'Ann', email: 'ann@example.com', roles: ['builder'] },
      responses: {
        201: answerOf('The member.', exactly({ account: accountSchema, membership: membershipSchema }), {
          account: exampleAccount,
          membership: exampleMember,
        }),
      },
      errors: { AF_ACCOUNTS_INVALID, AF_ACCOUNTS_EMAIL_TAKEN, AF_ACCOUNTS_ROLE_UNKNOWN, AF_ACCOUNTS_SELF },
      rate: 'write',
      handler: async ({ body, principal }) => {
        const given = body as unknown as Parameters<Accounts['create']>[0] & MemberChange; // as its schema says
        const { kind, name, email, roles, grants } = given;
        const wanted = { roles, ...(grants && { grants }) };
        const found = email === undefined ? undefined : await accounts.account(email);
        const known = found?.email === email?.toLowerCase() ? found : undefined; // an id opens no door
        const before = known && (await membershipIn(principal.tenant, known.id));
        if (known && !before && !allows(principal, 'accounts:write'))
          throw errors.AF_ACCOUNTS_EMAIL_TAKEN({});
        await checkChange(principal, known?.id ?? 'new', before, wanted);
        const rolesHere = new Set((await accounts.roles(principal.tenant)).map((role) => role.name));
        const unknown = roles.find((role) => !rolesHere.has(role));
        if (unknown !== undefined) throw errors.AF_ACCOUNTS_ROLE_UNKNOWN({ role: unknown.slice(0, 60) });
        checkGrants(grants ?? [], accounts.permissions());
        const account =
          known ?? (await accounts.create({ kind, name, ...(email !== undefined && { email }) }));
        const membership = await accounts.setMember(principal.tenant, account.id, wanted);
        return { status: 201, body: { account, membership } as unknown as Json }; // plain data
      },
    },
    {
      ...one,
      method: 'GET',
      operationId: 'getMember',
      revalidates: true,
      summary: 'Show what a member has.',
      permission: 'members:read',
      responses: { 200: answerOf('What it has.', membershipSchema, exampleMember) },
      errors: { AF_ACCOUNTS_UNKNOWN },
      rate: 'read',
      handler: async ({ params: { account = '' }, principal }) => ({
        body: bodyOf(await checkMember(principal.tenant, account)),
      }),
    },
    {
      ...changed,
      method: 'PUT',
      operationId: 'changeMember',
      summary: 'Change what a member has; everything in place of what was.',
      description: 'It holds from the next request of the member on.',
      body: exactly(change, ['grants']),
      bodyExample: { roles: ['operator'] },
      responses: { 200: answerOf('What it has now.', membershipSchema, exampleMember) },
      errors: {
        AF_ACCOUNTS_UNKNOWN,
        AF_ACCOUNTS_INVALID,
        AF_ACCOUNTS_ROLE_UNKNOWN,
        AF_ACCOUNTS_SELF,
        ...preconditionErrorTable,
      },
      handler: async (request) => {
        const {
          params: { account = '' },
          body,
          principal,
        } = request;
        const wanted = body as unknown as MemberChange; // as its schema says
        const before = await checkMember(principal.tenant, account);
        await checkChange(principal, account, before, wanted);
        const when = conditionOf(request, bodyOf);
        return { body: bodyOf(await accounts.setMember(principal.tenant, account, wanted, when)) };
      },
    },
    {
      ...changed,
      method: 'DELETE',
      operationId: 'removeMember',
      summary: 'Put a member out of the tenant. Its keys and sessions here are dead at once.',
      responses: { 200: removedResponse },
      errors: { AF_ACCOUNTS_UNKNOWN, AF_ACCOUNTS_SELF, ...preconditionErrorTable },
      handler: async (request) => {
        const {
          params: { account = '' },
          principal,
        } = request;
        await checkChange(principal, account, await checkMember(principal.tenant, account));
        await accounts.removeMember(principal.tenant, account, conditionOf(request, bodyOf));
        return { body: { removed: true } };
      },
    },
  ];
}

function bodyOf({ account, tenant, roles, grants }: Membership): Json {
  return { account, tenant, roles, grants } as unknown as Json; // plain data
}
