import type { ErrorTable, Json, JsonObject } from '@agent-factory/sdk';
import {
  blueprintErrorTable as errorTable,
  builderRoles,
  conditionOf,
  preconditionErrorTable,
  readerRoles,
  type Blueprints,
  type ExportRequest,
  type HttpRoute,
  type InstallRequest,
  type LocalEdits,
  type Permission,
} from '@agent-factory/sdk/contracts';
import {
  detailsResponse,
  editsSchema,
  exportedResponse,
  exportSchema,
  installedResponse,
  listResponse,
  nameParams,
  planResponse,
  removedResponse,
  requestSchema,
  validResponse,
} from './blueprint-schemas.ts';

const unknown = { AF_BLUEPRINT_UNKNOWN: errorTable.AF_BLUEPRINT_UNKNOWN };
const changing = {
  AF_BLUEPRINT_INVALID: errorTable.AF_BLUEPRINT_INVALID,
  AF_BLUEPRINT_BUSY: errorTable.AF_BLUEPRINT_BUSY,
};
const installed = {
  AF_BLUEPRINT_NOT_INSTALLED: errorTable.AF_BLUEPRINT_NOT_INSTALLED,
  AF_BLUEPRINT_EDITED: errorTable.AF_BLUEPRINT_EDITED,
};

/** What the routes ask for. */
export const blueprintPermissions: readonly Permission[] = [
  {
    name: 'blueprints:read',
    description: 'See blueprints and what is installed of them.',
    roles: readerRoles,
  },
  {
    name: 'blueprints:write',
    description: 'Install, upgrade and remove blueprints.',
    roles: builderRoles,
    danger: 'high',
  },
];

/** Routes under `/api/v1/blueprints`. */
export function blueprintRoutes(blueprints: Blueprints): readonly HttpRoute[] {
  const tag = 'Blueprints';
  const one = '/api/v1/blueprints/{name}';
  const read = { tag, permission: 'blueprints:read', rate: 'read' } as const;
  const write = { tag, permission: 'blueprints:write', rate: 'write' } as const;
  /** A route that takes answers and what becomes of edits. */
  const asking = (
    route: Pick<HttpRoute, 'operationId' | 'summary' | 'responses' | 'permission' | 'rate'> & {
      readonly action: string;
      readonly description?: string;
      readonly errors: ErrorTable;
    },
    answer: (tenant: string, request: InstallRequest) => Promise<object>,
  ): HttpRoute => {
    const { action, ...rest } = route;
    return {
      ...rest,
      tag,
      method: 'POST',
      path: `${one}/${action}`,
      params: nameParams,
      body: requestSchema,
      bodyExample: { parameters: { shop: 'Acme' } },
      handler: async ({ params, body, principal }) => {
        const name = params['name'] ?? '';
        const given = body as { readonly parameters?: JsonObject; readonly edits?: LocalEdits }; // as its schema says
        return { body: jsonOf(await answer(principal.tenant, { name, ...given })) };
      },
    };
  };
  return [
    {
      ...read,
      method: 'GET',
      path: '/api/v1/blueprints',
      operationId: 'listBlueprints',
      summary: 'List the blueprints that are active as plugins or installed.',
      responses: { 200: listResponse },
      handler: async ({ principal }) => ({
        body: jsonOf({ blueprints: await blueprints.tenant(principal.tenant).list() }),
      }),
    },
    {
      ...read,
      method: 'GET',
      path: one,
      operationId: 'getBlueprint',
      revalidates: true,
      summary: 'Read one blueprint, and what is installed of it.',
      params: nameParams,
      responses: { 200: detailsResponse },
      errors: unknown,
      handler: async ({ params, principal }) => ({
        body: jsonOf(await blueprints.tenant(principal.tenant).get(params['name'] ?? '')),
      }),
    },
    asking(
      {
        ...read,
        action: 'validate',
        operationId: 'validateBlueprint',
        summary: 'Say everything that is wrong with a blueprint, in its files and for this tenant.',
        responses: { 200: validResponse },
        errors: unknown,
      },
      async (tenant, { name, parameters }) => ({
        problems: await blueprints.tenant(tenant).validate({ name }, parameters),
      }),
    ),
    asking(
      {
        ...read,
        action: 'diff',
        operationId: 'diffBlueprint',
        summary: 'Say what an install or upgrade would change.',
        responses: { 200: planResponse },
        errors: unknown,
      },
      (tenant, request) => blueprints.tenant(tenant).plan(request),
    ),
    asking(
      {
        ...write,
        action: 'install',
        operationId: 'installBlueprint',
        summary: 'Install a blueprint: what it holds becomes the definitions of the tenant.',
        responses: { 200: installedResponse },
        errors: { ...unknown, ...changing, AF_BLUEPRINT_INSTALLED: errorTable.AF_BLUEPRINT_INSTALLED },
      },
      (tenant, request) => blueprints.tenant(tenant).install(request),
    ),
    asking(
      {
        ...write,
        action: 'upgrade',
        operationId: 'upgradeBlueprint',
        summary: 'Make what is installed what the active plugin holds.',
        description: 'Runs in flight go on with the definitions they began with.',
        responses: { 200: installedResponse },
        errors: { ...unknown, ...changing, ...installed },
      },
      (tenant, request) => blueprints.tenant(tenant).upgrade(request),
    ),
    {
      ...write,
      method: 'DELETE',
      path: one,
      operationId: 'removeBlueprint',
      preconditions: true,
      summary: 'Remove what a blueprint brought. Runs in flight go on.',
      params: nameParams,
      query: { type: 'object', properties: { edits: editsSchema }, additionalProperties: false },
      responses: { 200: removedResponse },
      errors: { ...changing, ...installed, ...preconditionErrorTable },
      async handler(request) {
        const { params, query, principal } = request;
        const edits = query['edits'] as LocalEdits; // as its schema says
        const when = conditionOf(request, jsonOf);
        await blueprints.tenant(principal.tenant).remove(params['name'] ?? '', { edits }, when);
        return { body: { removed: true } };
      },
    },
    {
      ...read,
      method: 'POST',
      path: '/api/v1/blueprints/export',
      operationId: 'exportBlueprint',
      summary: 'Make the package of a blueprint from definitions there are.',
      description:
        'What a definition names is taken along. Nothing named: everything the tenant has of its own.',
      body: exportSchema,
      bodyExample: { name: 'my-desk', agents: ['triage'] },
      responses: { 200: exportedResponse },
      errors: { AF_BLUEPRINT_INVALID: errorTable.AF_BLUEPRINT_INVALID },
      async handler({ body, principal }) {
        const request = body as unknown as ExportRequest; // as its schema says
        return { body: { files: await blueprints.tenant(principal.tenant).export(request) } };
      },
    },
  ];
}

/** Values of contracts hold JSON alone, but lack the index signature of Json. */
function jsonOf(value: object): Json {
  return value as Json; // see above
}
