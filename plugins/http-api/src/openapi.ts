import type { ErrorSpec, JsonSchema } from '@agent-factory/sdk';
import { accessErrorTable, type Authenticator, type HttpRoute } from '@agent-factory/sdk/contracts';
import { errorTable } from './errors.ts';
import { problemSchema } from './problem.ts';
import { pathParameters, type OwnedRoute } from './route-table.ts';

type Node = Record<string, unknown>;

const { AF_HTTP_RATE_LIMITED } = errorTable;
const preconditions = [
  parameter('header', 'if-match', {
    description: 'Only if it has one of these entity tags; `*`: if it is there.',
  }),
  parameter('header', 'if-none-match', { description: '`*`: only if it is not there.' }),
];
// Giving too much away is an error of the few routes that give.
const { AF_ACCESS_GRANT_TOO_WIDE: _ofFew, ...accessErrors } = accessErrorTable;

/** The OpenAPI 3.1 document of the routes: the same list they are served from. */
export function openApiDocument(
  routes: readonly OwnedRoute[],
  about: { name: string; version: string; authenticators?: readonly Authenticator[] },
): Node {
  const paths: Record<string, Node> = {};
  const { authenticators = [] } = about;
  for (const { plugin, value: route } of routes) {
    paths[route.path] ??= {};
    (paths[route.path] as Node)[route.method.toLowerCase()] = operationOf(
      route,
      plugin,
      authenticators.length > 0,
    );
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: about.name, version: about.version },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ value }) => value.tag))].map((name) => ({ name })),
    paths,
    // Whoever has one of them gets in.
    ...(authenticators.length > 0 && { security: authenticators.map(({ scheme }) => ({ [scheme]: [] })) }),
    components: {
      schemas: { Problem: problemSchema },
      ...(authenticators.length > 0 && {
        securitySchemes: Object.fromEntries(authenticators.map(({ scheme, security }) => [scheme, security])),
      }),
    },
  };
}

function operationOf(route: HttpRoute, plugin: string, hasLogin: boolean): Node {
  const isPublic = typeof route.permission !== 'string';
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description && { description: route.description }),
    tags: [route.tag],
    ...(isPublic ? { security: [] } : { 'x-permission': route.permission }),
    ...(route.resource && { 'x-resource': route.resource }),
    ...(route.deprecated && { deprecated: true }),
    ...(route.deprecated?.sunset && { 'x-sunset': route.deprecated.sunset }),
    'x-rate-class': route.rate,
    'x-plugin': plugin,
    parameters: [
      ...pathParameters(route.path).map((name) =>
        parameter('path', name, propertyOf(route.params, name), true),
      ),
      ...Object.keys(propertiesOf(route.query)).map((name) =>
        parameter('query', name, propertyOf(route.query, name), isRequired(route.query, name)),
      ),
      ...(route.preconditions ? preconditions : []),
    ],
    ...(route.body && {
      requestBody: {
        required: true,
        content: { 'application/json': content(route.body, route.bodyExample) },
      },
    }),
    responses: { ...successes(route), ...failures(route, hasLogin) },
  };
}

function successes(route: HttpRoute): Node {
  const listed = Object.entries(route.responses).map(
    ([status, { description, schema, contentType, example }]) => {
      if (!schema && !contentType) return [status, { description }];
      const type = contentType ?? 'application/json';
      // What is no JSON is text; its events or lines have no schema here.
      const shown = schema ?? (/\bjson\b/.test(type) ? undefined : { type: 'string' });
      return [status, { description, content: { [type]: content(shown, example) } }];
    },
  );
  const unchanged = route.revalidates && { 304: { description: 'It is as `if-none-match` has it.' } };
  return { ...(Object.fromEntries(listed) as Node), ...unchanged }; // of pairs
}

function failures(route: HttpRoute, hasLogin: boolean): Node {
  const byStatus = new Map<number, string[]>([[400, ['AF_HTTP_REQUEST_INVALID']]]);
  const access = {
    ...(hasLogin && typeof route.permission === 'string' && accessErrors),
    ...(hasLogin && { AF_HTTP_RATE_LIMITED }),
  };
  for (const [code, spec] of Object.entries<ErrorSpec>({ ...access, ...route.errors })) {
    const status = spec.status ?? 500;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  // Those of a protocol of others look as that protocol says.
  const body = route.problemBody
    ? { 'application/json': { schema: { type: 'object' } } }
    : { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const listed = [...byStatus].map(([status, codes]) => [
    status,
    { description: codes.join(', '), content: body },
  ]);
  return { ...Object.fromEntries(listed), default: { description: 'Any other problem.', content: body } };
}

function content(schema: JsonSchema | undefined, example: unknown): Node {
  return { ...(schema && { schema }), ...(example !== undefined && { example }) };
}

function parameter(place: 'path' | 'query' | 'header', name: string, schema: Node, required = false): Node {
  const { description, ...rest } = schema;
  const known = Object.keys(rest).length > 0 ? rest : { type: 'string' };
  return { name, in: place, required, ...(description ? { description } : {}), schema: known };
}

function propertiesOf(schema: JsonSchema | undefined): Record<string, Node> {
  return (schema?.['properties'] ?? {}) as Record<string, Node>; // JSON Schema says so
}

function propertyOf(schema: JsonSchema | undefined, name: string): Node {
  return propertiesOf(schema)[name] ?? {};
}

function isRequired(schema: JsonSchema | undefined, name: string): boolean {
  return ((schema?.['required'] ?? []) as readonly string[]).includes(name); // JSON Schema says so
}
