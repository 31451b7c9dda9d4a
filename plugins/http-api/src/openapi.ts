import type { JsonSchema } from '@agent-factory/sdk';
import type { Authenticator, HttpRoute } from '@agent-factory/sdk/contracts';
import { createAnswers, type Answers } from './openapi-answers.ts';
import { boundsWithin, withinHeaders, type Bounder } from './openapi-bounds.ts';
import { pathParameters, type OwnedRoute } from './route-table.ts';
import { fieldsSchema, takesFields } from './sparse-fields.ts';

type Node = Record<string, unknown>;

const preconditions = [
  parameter('header', 'if-match', {
    description: 'Only if it has one of these entity tags; `*`: if it is there.',
  }),
  parameter('header', 'if-none-match', { description: '`*`: only if it is not there.' }),
];

const fields = parameter('query', 'fields', fieldsSchema);

/** What a document tells beside the routes. */
export interface OpenApiOptions {
  readonly name: string;
  readonly version: string;
  readonly authenticators: readonly Authenticator[];
  /** Largest request body, in bytes. */
  readonly maxBodyBytes: number;
}

/** The OpenAPI 3.1 document of the routes: the same list they are served from. */
export function openApiDocument(
  routes: readonly OwnedRoute[],
  { name: title, version, authenticators, maxBodyBytes }: OpenApiOptions,
): Node {
  const paths: Record<string, Node> = {};
  const answers = createAnswers(authenticators.length > 0);
  // A character is a byte at least.
  const withinBody = boundsWithin(maxBodyBytes);
  for (const { plugin, value: route } of routes) {
    paths[route.path] ??= {};
    const operation = operationOf(route, plugin, { answers, withinBody });
    (paths[route.path] as Node)[route.method.toLowerCase()] = operation;
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title,
      version,
      description: 'Everything this platform serves now, with the plugins that are active.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Made for those outside, and for programs of any kind.
    servers: [{ url: '/', 'x-internal': false }],
    tags: tagsOf(routes),
    paths,
    // Whoever has one of them gets in.
    ...(authenticators.length > 0 && { security: authenticators.map(({ scheme }) => ({ [scheme]: [] })) }),
    components: {
      ...answers.components(),
      ...(authenticators.length > 0 && {
        securitySchemes: Object.fromEntries(authenticators.map(({ scheme, security }) => [scheme, security])),
      }),
    },
  };
}

function operationOf(
  route: HttpRoute,
  plugin: string,
  { answers, withinBody }: { readonly answers: Answers; readonly withinBody: Bounder },
): Node {
  const isPublic = typeof route.permission !== 'string';
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: [route.description, whoMayCall(route)].filter((one) => one !== undefined).join('\n\n'),
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
      ...(takesFields(route) ? [fields] : []),
      ...(route.preconditions ? preconditions : []),
    ],
    ...(route.body && {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: withinBody(route.body),
            ...(route.bodyExample !== undefined && { example: route.bodyExample }),
          },
        },
      },
    }),
    responses: answers.of(route),
  };
}

/** In words, for those who read the document. */
function whoMayCall({ permission }: HttpRoute): string {
  if (typeof permission === 'string') return `Takes the permission \`${permission}\`.`;
  return `Anybody may call it. ${permission.public}`;
}

/** With the plugins behind them, which are what a tag says of where to look further. */
function tagsOf(routes: readonly OwnedRoute[]): Node[] {
  const plugins = new Map<string, Set<string>>();
  for (const { plugin, value } of routes)
    plugins.set(value.tag, (plugins.get(value.tag) ?? new Set()).add(plugin));
  return [...plugins].map(([name, of]) => ({ name, description: `Served by ${[...of].join(', ')}.` }));
}

function parameter(place: 'path' | 'query' | 'header', name: string, schema: Node, required = false): Node {
  const { description, ...rest } = schema;
  const known = Object.keys(rest).length > 0 ? rest : { type: 'string' };
  return { name, in: place, required, ...(description ? { description } : {}), schema: withinHeaders(known) };
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
