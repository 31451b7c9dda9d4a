import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import {
  conditionOf,
  entityTag,
  preconditionErrorTable,
  storageErrorTable,
  type HttpReply,
  type HttpRequest,
  type HttpRoute,
  type Permission,
  type QuotaOverrides,
  type Quotas,
  type QuotaUse,
} from '@agent-factory/sdk/contracts';
import { exampleUses, overridesSchema, usesSchema } from './quota-schemas.ts';

/** What the routes ask for. */
export const quotaPermissions: readonly Permission[] = [
  {
    name: 'quotas:read',
    description: 'Read how much the tenant may use, and how much it did.',
    roles: ['operator', 'builder', 'tenant-admin', 'service'],
  },
  {
    name: 'quotas:platform',
    description: 'Read and set how much each tenant may use.',
    roles: ['platform-admin'],
    scope: 'platform',
  },
];

const exactly = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

/** The API of quotas. */
export function quotaRoutes(quotas: Quotas): readonly HttpRoute[] {
  const shared = {
    tag: 'Quotas',
    path: '/api/v1/tenants/{tenant}/quotas',
    permission: 'quotas:platform',
    params: exactly({
      tenant: {
        type: 'string',
        pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
        description: 'Lower-case letters, digits and dashes.',
      },
    }),
    responses: {
      200: {
        description: 'What was set for the tenant, and what holds.',
        schema: exactly({ limits: overridesSchema, quotas: usesSchema }),
        example: { limits: { runsAtOnce: 10 }, quotas: exampleUses },
      },
    },
    errors: { AF_TENANT_UNKNOWN: storageErrorTable.AF_TENANT_UNKNOWN },
  } as const;
  // The tag is that of what was set: what is used changes with each run, and is changed by nobody.
  const show = async (tenant: string): Promise<HttpReply> => {
    const of = quotas.tenant(tenant);
    const limits = limitsOf(await of.overrides());
    const headers = { etag: entityTag(JSON.stringify(limits)) };
    return { headers, body: { limits, quotas: jsonOf(await of.usage()) } };
  };
  const set = async (request: HttpRequest, limits: QuotaOverrides): Promise<HttpReply> => {
    const { tenant = '' } = request.params;
    await quotas.tenant(tenant).override(limits, conditionOf(request, limitsOf));
    return show(tenant);
  };
  const change = {
    ...shared,
    preconditions: true,
    rate: 'write',
    errors: { ...shared.errors, ...preconditionErrorTable },
  } as const;
  return [
    {
      tag: 'Quotas',
      method: 'GET',
      path: '/api/v1/quotas',
      operationId: 'getQuotas',
      summary: 'How much the tenant may use, and how much it did.',
      permission: 'quotas:read',
      responses: {
        200: {
          description: 'The limits that hold.',
          schema: exactly({ quotas: usesSchema }),
          example: { quotas: exampleUses },
        },
      },
      rate: 'read',
      handler: async ({ principal }) => ({
        body: { quotas: jsonOf(await quotas.tenant(principal.tenant).usage()) },
      }),
    },
    {
      ...shared,
      method: 'GET',
      operationId: 'getTenantQuotas',
      summary: 'How much a tenant may use, and how much it did.',
      rate: 'read',
      handler: ({ params: { tenant = '' } }) => show(tenant),
    },
    {
      ...change,
      method: 'PUT',
      operationId: 'putTenantQuotas',
      summary: 'Set how much a tenant may use.',
      description: 'All that was set before is replaced. Other processes hear of it within five seconds.',
      body: overridesSchema,
      bodyExample: { runsAtOnce: 10, tokensPerDay: null },
      handler: (request) => set(request, request.body as QuotaOverrides), // as its schema says
    },
    {
      ...change,
      method: 'DELETE',
      operationId: 'removeTenantQuotas',
      summary: 'Have a tenant use as much as all others.',
      handler: (request) => set(request, {}),
    },
  ];
}

function limitsOf(overrides: QuotaOverrides): JsonObject {
  return { ...overrides };
}

/** Uses as JSON. Their interface holds JSON alone, but lacks the index signature of Json. */
function jsonOf(uses: readonly QuotaUse[]): Json {
  return uses as readonly object[] as readonly JsonObject[]; // see above
}
