import type { Json, JsonObject } from '@agent-factory/sdk';
import {
  builderRoles,
  conditionOf,
  preconditionErrorTable,
  readerRoles,
  type HttpRoute,
  type Permission,
  type ToolRegistration,
  type ToolRegistry,
} from '@agent-factory/sdk/contracts';
import { errors, errorTable } from '../errors.ts';
import {
  exampleSpec,
  kindsResponse,
  listResponse,
  nameParams,
  registeredResponse,
  registerSchema,
  registrationResponse,
  testResponse,
  testSchema,
  toolParams,
  versionsResponse,
} from './registry-schemas.ts';

/** What they ask for. */
export const registryPermissions: readonly Permission[] = [
  { name: 'tools:read', description: 'See registered tools and what they are made of.', roles: readerRoles },
  {
    name: 'tools:write',
    description: 'Register, try and remove tools.',
    roles: builderRoles,
    danger: 'high',
  },
];

/** Routes under `/api/v1/tools` that register tools and try them. */
export function registryRoutes(registry: ToolRegistry): readonly HttpRoute[] {
  const shared = { tag: 'Tools' } as const;
  const unknown = async (tenant: string, name: string): Promise<Error> => {
    const known = (await registry.tenant(tenant).list()).map((one) => one.name).join(', ') || 'none';
    return errors.AF_TOOLS_REGISTRY_UNKNOWN({ name, known });
  };
  return [
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/tools/kinds',
      operationId: 'listToolKinds',
      summary: 'List the ways to make tools out of data.',
      permission: 'tools:read',
      responses: { 200: kindsResponse },
      rate: 'read',
      handler: async () => ({ body: jsonOf({ kinds: registry.kinds() }) }),
    },
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/tools/registrations',
      operationId: 'listToolRegistrations',
      summary: 'List registrations with their tools.',
      permission: 'tools:read',
      responses: { 200: listResponse },
      rate: 'read',
      handler: async ({ principal }) => ({
        body: jsonOf({ registrations: await registry.tenant(principal.tenant).list() }),
      }),
    },
    {
      ...shared,
      method: 'POST',
      path: '/api/v1/tools/registrations',
      operationId: 'registerTools',
      summary: 'Register tools, or change them.',
      description:
        'They can be called from then on. The same again changes nothing. Secrets are named, never given.',
      permission: 'tools:write',
      body: registerSchema,
      bodyExample: { name: 'orders', kind: 'http', spec: exampleSpec },
      responses: { 201: registeredResponse },
      errors: {
        AF_TOOLS_REGISTRY_INVALID: errorTable.AF_TOOLS_REGISTRY_INVALID,
        AF_TOOLS_REGISTRY_KIND_UNKNOWN: errorTable.AF_TOOLS_REGISTRY_KIND_UNKNOWN,
        AF_TOOLS_REGISTRY_NAME_TAKEN: errorTable.AF_TOOLS_REGISTRY_NAME_TAKEN,
        AF_TOOLS_REGISTRY_FULL: errorTable.AF_TOOLS_REGISTRY_FULL,
      },
      rate: 'write',
      handler: async ({ body, principal, signal }) => {
        const { name, kind, spec } = body as { name: string; kind: string; spec: JsonObject }; // as its schema says
        const request = { name, kind, spec, by: principal.id, signal };
        return { status: 201, body: jsonOf(await registry.tenant(principal.tenant).register(request)) };
      },
    },
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/tools/registrations/{name}',
      operationId: 'getToolRegistration',
      revalidates: true,
      summary: 'Read a registration, as it is or was.',
      permission: 'tools:read',
      params: nameParams,
      query: {
        type: 'object',
        properties: { version: { type: 'integer', minimum: 1, description: 'Default: the one that holds.' } },
        additionalProperties: false,
      },
      responses: { 200: registrationResponse },
      errors: { AF_TOOLS_REGISTRY_UNKNOWN: errorTable.AF_TOOLS_REGISTRY_UNKNOWN },
      rate: 'read',
      handler: async ({ params: { name = '' }, query, principal }) => {
        const found = await registry.tenant(principal.tenant).get(name, query as { version?: number }); // as its schema says
        if (!found) throw await unknown(principal.tenant, name);
        return { body: jsonOf(found) };
      },
    },
    {
      ...shared,
      method: 'GET',
      path: '/api/v1/tools/registrations/{name}/versions',
      operationId: 'listToolRegistrationVersions',
      summary: 'List every version of a registration, newest first.',
      permission: 'tools:read',
      params: nameParams,
      responses: { 200: versionsResponse },
      errors: { AF_TOOLS_REGISTRY_UNKNOWN: errorTable.AF_TOOLS_REGISTRY_UNKNOWN },
      rate: 'read',
      handler: async ({ params: { name = '' }, principal }) => {
        const versions = await registry.tenant(principal.tenant).versions(name);
        if (versions.length === 0) throw await unknown(principal.tenant, name);
        return { body: jsonOf({ versions }) };
      },
    },
    {
      ...shared,
      method: 'DELETE',
      path: '/api/v1/tools/registrations/{name}',
      operationId: 'removeToolRegistration',
      preconditions: true,
      summary: 'Take the tools of a registration away.',
      permission: 'tools:write',
      params: nameParams,
      responses: {
        200: {
          description: 'They are gone.',
          schema: { type: 'object', properties: { removed: { const: true } }, required: ['removed'] },
          example: { removed: true },
        },
      },
      errors: {
        AF_TOOLS_REGISTRY_UNKNOWN: errorTable.AF_TOOLS_REGISTRY_UNKNOWN,
        AF_TOOLS_REGISTRY_NAME_TAKEN: errorTable.AF_TOOLS_REGISTRY_NAME_TAKEN,
        ...preconditionErrorTable,
      },
      rate: 'write',
      handler: async (request) => {
        const {
          params: { name = '' },
          principal,
        } = request;
        const when = conditionOf<ToolRegistration>(request, jsonOf);
        const removed = await registry.tenant(principal.tenant).remove(name, when);
        if (!removed) throw await unknown(principal.tenant, name);
        return { body: { removed } };
      },
    },
    {
      ...shared,
      method: 'POST',
      path: '/api/v1/tools/{tool}/test',
      operationId: 'testTool',
      summary: 'Call a tool once, without a run.',
      description:
        'Input and result are held against its schemas. A tool that writes is called only with `confirm`.',
      permission: 'tools:write',
      params: toolParams,
      body: testSchema,
      bodyExample: { input: { expression: '6 * 7' } },
      responses: { 200: testResponse },
      errors: {
        AF_TOOLS_REGISTRY_TOOL_UNKNOWN: errorTable.AF_TOOLS_REGISTRY_TOOL_UNKNOWN,
        AF_TOOLS_REGISTRY_TEST_INPUT: errorTable.AF_TOOLS_REGISTRY_TEST_INPUT,
        AF_TOOLS_REGISTRY_TEST_OUTPUT: errorTable.AF_TOOLS_REGISTRY_TEST_OUTPUT,
        AF_TOOLS_REGISTRY_TEST_TIMEOUT: errorTable.AF_TOOLS_REGISTRY_TEST_TIMEOUT,
        AF_TOOLS_REGISTRY_TEST_FAILED: errorTable.AF_TOOLS_REGISTRY_TEST_FAILED,
        AF_TOOLS_REGISTRY_TEST_WRITES: errorTable.AF_TOOLS_REGISTRY_TEST_WRITES,
      },
      rate: 'run',
      handler: async ({ params: { tool = '' }, body, principal, signal }) => {
        const { input, confirm } = body as { input: JsonObject; confirm?: boolean }; // as its schema says
        const request = { tool, input, ...(confirm !== undefined && { confirm }), signal };
        return { body: jsonOf(await registry.tenant(principal.tenant).test(request)) };
      },
    },
  ];
}

/** Interfaces of contracts hold JSON alone, but lack the index signature of Json. */
function jsonOf(value: object): Json {
  return value as Json; // see above
}
