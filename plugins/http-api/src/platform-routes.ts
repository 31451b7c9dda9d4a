import type { ErrorTable, Json, PlatformInfo } from '@agent-factory/sdk';
import {
  accessErrorTable,
  builtInRoles,
  type BuiltInRole,
  type HttpRoute,
  type Permission,
} from '@agent-factory/sdk/contracts';
import { errorTable, errors } from './errors.ts';
import { titleOf } from './problem.ts';
import type { OwnedRoute } from './route-table.ts';

const open = { public: 'It tells nothing that needs protection.' } as const;

/** What the routes of the API itself ask for. */
export const platformPermissions: readonly Permission[] = [
  {
    name: 'plugins:read',
    description: 'See which plugins are active, and why.',
    roles: ['platform-admin'],
    scope: 'platform',
  },
  {
    name: 'batch:send',
    description: 'Send several requests in one; each needs its own permission as well.',
    roles: Object.keys(builtInRoles) as BuiltInRole[], // its keys
  },
];

/** The routes of the API itself: health, its description, its errors, and what is active. */
export function platformRoutes(
  platform: PlatformInfo,
  document: () => Json,
  routes: () => readonly OwnedRoute[],
): HttpRoute[] {
  return [health(platform), openApi(document), explainError(routes), plugins(platform)];
}

function health(platform: PlatformInfo): HttpRoute {
  const example = { status: 'ok', name: 'agent-factory', version: '0.1.0', generation: 'gen-0123456789ab' };
  return {
    method: 'GET',
    path: '/api/v1/health',
    operationId: 'getHealth',
    summary: 'Whether the platform serves',
    tag: 'platform',
    permission: open,
    responses: { 200: { description: 'It serves.', schema: { type: 'object' }, example } },
    rate: 'read',
    handler: async () => {
      const { name, kernelVersion: version, generation } = platform.inspect();
      return { body: { status: 'ok', name, version, generation } };
    },
  };
}

function openApi(document: () => Json): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This API as an OpenAPI 3.1 document',
    tag: 'platform',
    permission: open,
    responses: { 200: { description: 'The document.', schema: { type: 'object' } } },
    revalidates: true,
    constant: true,
    rate: 'read',
    handler: async () => ({ body: document() }),
  };
}

function explainError(routes: () => readonly OwnedRoute[]): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/errors/{code}',
    operationId: 'getError',
    summary: 'What an error code means and what to do',
    tag: 'platform',
    permission: open,
    params: { type: 'object', properties: { code: { type: 'string', pattern: '^AF_[A-Z0-9_]+$' } } },
    responses: {
      200: {
        description: 'The error.',
        schema: { type: 'object' },
        example: { code: 'AF_HTTP_NOT_FOUND', title: 'Http not found', ...errorTable.AF_HTTP_NOT_FOUND },
      },
    },
    errors: { AF_HTTP_ERROR_UNKNOWN: errorTable.AF_HTTP_ERROR_UNKNOWN },
    rate: 'read',
    handler: async ({ params }) => {
      const code = params['code'] ?? '';
      const tables: ErrorTable[] = [
        errorTable,
        accessErrorTable,
        ...routes().flatMap(({ value }) => value.errors ?? []),
      ];
      const found = tables.flatMap((table) => Object.entries(table)).find(([name]) => name === code);
      if (!found) throw errors.AF_HTTP_ERROR_UNKNOWN({ code });
      return { body: { code, title: titleOf(code), ...found[1] } };
    },
  };
}

function plugins(platform: PlatformInfo): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/plugins',
    operationId: 'listPlugins',
    summary: 'The plugins of the platform, their state and why',
    tag: 'platform',
    permission: 'plugins:read',
    responses: {
      200: {
        description: 'What is active now.',
        schema: { type: 'object' },
        example: { plugins: [], hooks: [] },
      },
    },
    rate: 'read',
    handler: async () => ({ body: platform.inspect() as unknown as Json }), // plain data; TypeScript sees an interface
  };
}
