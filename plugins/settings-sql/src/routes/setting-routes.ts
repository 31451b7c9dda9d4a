import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import {
  conditionOf,
  preconditionErrorTable,
  storageErrorTable,
  type HttpReply,
  type HttpRequest,
  type HttpRoute,
  type SettingChange,
  type SettingSetter,
  type SettingState,
  type TenantSettings,
} from '@agent-factory/sdk/contracts';
import { errorTable } from '../errors.ts';
import { changeExample, changeSchema, nameSchema, settingExample, settingSchema } from './setting-schemas.ts';

const exactly = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const tenantSchema: JsonSchema = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'Lower-case letters, digits and dashes.',
};
const listed = {
  200: {
    description: 'The settings, by name.',
    schema: exactly({ settings: { type: 'array', items: settingSchema, maxItems: 1000 } }),
    example: { settings: [settingExample] },
  },
} as const;
const one = { 200: { description: 'The setting.', schema: settingSchema, example: settingExample } } as const;

/** Whose settings routes are about, and what they ask for. */
interface Scope {
  readonly path: string;
  /** In the ids of operations. */
  readonly title: string;
  readonly params: Readonly<Record<string, JsonSchema>>;
  readonly read: string;
  readonly write: string;
  readonly by: SettingSetter;
  readonly resource?: string;
  readonly of: string;
  tenant(request: HttpRequest): string;
}

const scopes: readonly Scope[] = [
  {
    path: '/api/v1/settings',
    title: '',
    params: {},
    read: 'settings:read',
    write: 'settings:write',
    by: 'tenant',
    resource: 'settings/{name}',
    of: 'the tenant',
    tenant: ({ principal }) => principal.tenant,
  },
  {
    path: '/api/v1/tenants/{tenant}/settings',
    title: 'Tenant',
    params: { tenant: tenantSchema },
    read: 'settings:platform',
    write: 'settings:platform',
    by: 'platform',
    of: 'a tenant',
    tenant: ({ params }) => params['tenant'] ?? '',
  },
];

/** The API of settings: of the tenant of whoever asks, and of each tenant for the platform. */
export function settingRoutes(settings: Pick<TenantSettings, 'tenant'>): readonly HttpRoute[] {
  return scopes.flatMap((scope) => routesOf(settings, scope));
}

function routesOf(settings: Pick<TenantSettings, 'tenant'>, scope: Scope): readonly HttpRoute[] {
  const { title, params, read, write, by, resource, of } = scope;
  const own = (request: HttpRequest) => settings.tenant(scope.tenant(request));
  const unknownTenant = by === 'platform' && { AF_TENANT_UNKNOWN: storageErrorTable.AF_TENANT_UNKNOWN };
  const { AF_SETTING_UNKNOWN, AF_SETTING_INVALID, AF_SETTING_OF_PLATFORM } = errorTable;
  const named = {
    tag: 'Settings',
    path: `${scope.path}/{name}`,
    params: exactly({ ...params, name: nameSchema }),
    responses: one,
    ...(resource !== undefined && { resource }),
  } as const;
  const stale = {
    ...unknownTenant,
    AF_SETTING_UNKNOWN,
    ...(by === 'tenant' && { AF_SETTING_OF_PLATFORM }),
    ...preconditionErrorTable,
  };
  const changeOf = (request: HttpRequest): SettingChange => ({ by, ...conditionOf(request, bodyOf) });
  return [
    {
      tag: 'Settings',
      method: 'GET',
      path: scope.path,
      operationId: `list${title}Settings`,
      summary: `List what can be set for ${of}, with what holds and where it comes from.`,
      permission: read,
      ...(by === 'platform' && { params: exactly(params) }),
      revalidates: true,
      rate: 'read',
      responses: listed,
      errors: { ...unknownTenant },
      handler: async (request) => ({ body: { settings: (await own(request).list()).map(bodyOf) } }),
    },
    {
      ...named,
      method: 'GET',
      operationId: `get${title}Setting`,
      summary: `Show one setting of ${of}.`,
      permission: read,
      revalidates: true,
      rate: 'read',
      errors: { ...unknownTenant, AF_SETTING_UNKNOWN },
      handler: async (request) => replyOf(await own(request).get(nameOf(request))),
    },
    {
      ...named,
      method: 'PUT',
      operationId: `put${title}Setting`,
      summary: `Set something for ${of}.`,
      description: 'Other processes hear of it within five seconds.',
      permission: write,
      preconditions: true,
      rate: 'write',
      body: changeSchema,
      bodyExample: changeExample,
      errors: { ...stale, AF_SETTING_INVALID },
      async handler(request) {
        const { value } = request.body as { readonly value: Json }; // as its schema says
        return replyOf(await own(request).set(nameOf(request), value, changeOf(request)));
      },
    },
    {
      ...named,
      method: 'DELETE',
      operationId: `reset${title}Setting`,
      summary: `Have ${of} have what it inherits.`,
      permission: write,
      preconditions: true,
      rate: 'write',
      errors: stale,
      handler: async (request) => replyOf(await own(request).reset(nameOf(request), changeOf(request))),
    },
  ];
}

function nameOf({ params }: HttpRequest): string {
  return params['name'] ?? '';
}

function replyOf(state: SettingState): HttpReply {
  return { body: bodyOf(state) };
}

/** A setting as JSON. Its interface holds JSON alone, but lacks the index signature of Json. */
function bodyOf(state: SettingState): JsonObject {
  return state as object as JsonObject; // see above
}
