import type { Accounts, HttpRoute } from '@agent-factory/sdk/contracts';
import { answerOf, exactly, grantsSchema, namesSchema } from './account-schemas.ts';

/** Who one is, and why one may do something or may not. */
export function meRoutes(accounts: Accounts): readonly HttpRoute[] {
  const shared = { tag: 'Access', rate: 'read' } as const;
  return [
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/me',
      operationId: 'getMe',
      summary: 'Who makes this request, and what they may do.',
      permission: 'me:read',
      responses: {
        200: answerOf(
          'You.',
          exactly(
            {
              id: { type: 'string' },
              kind: { enum: ['local', 'user', 'service'] },
              tenant: { type: 'string' },
              tenants: namesSchema,
              permissions: namesSchema,
              grants: grantsSchema,
              credential: { type: 'string', description: 'What proves it.' },
            },
            ['credential'],
          ),
          {
            id: 'usr_5f0c6d0e9b7a4d3c8e21',
            kind: 'user',
            tenant: 'default',
            tenants: ['default'],
            permissions: ['me:read', 'runs:read'],
            grants: [],
            credential: 'session',
          },
        ),
      },
      handler: async ({ principal: { id, kind, tenant, permissions, grants = [], credential } }) => {
        const tenants = (await accounts.memberships(id)).map((one) => one.tenant);
        const proof = credential && { credential: credential.scheme };
        const shown = grants.map((grant) => ({ ...grant }));
        return { body: { id, kind, tenant, tenants, permissions, grants: shown, ...proof } };
      },
    },
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/access/explain',
      operationId: 'explainAccess',
      summary: 'Why a member of the tenant may do something, or may not.',
      permission: 'members:read',
      query: {
        type: 'object',
        properties: {
          account: { type: 'string', minLength: 1, maxLength: 100, description: 'Id of the account.' },
          permission: { type: 'string', minLength: 1, maxLength: 100 },
          resource: { type: 'string', minLength: 1, maxLength: 300 },
        },
        required: ['account', 'permission'],
        additionalProperties: false,
      },
      responses: {
        200: answerOf(
          'Why.',
          exactly({ allowed: { type: 'boolean' }, reasons: { type: 'array', items: { type: 'string' } } }),
          {
            allowed: true,
            reasons: ['The role builder of usr_5f0c6d0e9b7a4d3c8e21 has agents:write.'],
          },
        ),
      },
      handler: async ({ query, principal: { tenant } }) => {
        const { account, permission, resource } = query as Readonly<Record<string, string>>; // as their schema says
        const { allowed, reasons } = await accounts.explain(account ?? '', {
          tenant,
          permission: permission ?? '',
          ...(resource !== undefined && { resource }),
        });
        return { body: { allowed, reasons } };
      },
    },
  ];
}
