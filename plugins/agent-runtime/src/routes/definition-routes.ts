import type { ErrorTable, Json, JsonSchema } from '@agent-factory/sdk';
import type {
  AgentRuntime,
  DefinitionKind,
  ExpectedDefinition,
  HttpRequest,
  HttpRoute,
  TenantDefinitions,
} from '@agent-factory/sdk/contracts';
import { errors, errorTable } from '../errors.ts';
import { jsonOf } from './answer.ts';
import { keptResponse, listedResponse, revisionsResponse, changesResponse } from './definition-schemas.ts';

/** Routes that are the same for every kind of definition. */
export interface DefinitionRouteOptions {
  readonly kind: DefinitionKind;
  /** `agents`: in paths and in lists. */
  readonly plural: string;
  /** `Agent`: in ids of operations. */
  readonly title: string;
  readonly schema: JsonSchema;
  readonly example: Json;
  /** What is said of a name that is not there. */
  readonly unknown: ErrorTable;
}

const revision: JsonSchema = { type: 'integer', minimum: 1, description: 'As it was at this revision.' };

/** Lists, shows, creates, changes, compares and removes definitions of one kind. */
export function definitionRoutes(
  runtime: AgentRuntime,
  { kind, plural, title, schema, example, unknown }: DefinitionRouteOptions,
): readonly HttpRoute[] {
  const one = `/api/v1/${plural}/{name}`;
  const own = ({ principal }: HttpRequest): TenantDefinitions => runtime.tenant(principal.tenant).definitions;
  const nameOf = ({ params }: HttpRequest): string => params['name'] ?? '';
  const common = { tag: `${title}s`, params: nameParams(kind) } as const;
  const resource = `${plural}/{name}`;
  const read = { ...common, resource, permission: `${plural}:read`, rate: 'read' } as const;
  const write = { ...common, resource, permission: `${plural}:write`, rate: 'write' } as const;
  const fixed = { AF_DEFINITION_FIXED: errorTable.AF_DEFINITION_FIXED };
  const stale = {
    AF_DEFINITION_CHANGED: errorTable.AF_DEFINITION_CHANGED,
    AF_DEFINITION_UNMATCHED: errorTable.AF_DEFINITION_UNMATCHED,
  };

  /** The hash that the request's precondition holds for, so that it is still this one which is changed. */
  const expected = async (request: HttpRequest): Promise<ExpectedDefinition> => {
    const { precondition } = request;
    if (!precondition) return {};
    const name = nameOf(request);
    const found = await own(request)
      .get(kind, name)
      .catch((error: unknown) => {
        if (String((Object(error) as { code?: unknown }).code) in unknown) return undefined;
        throw error;
      });
    if (precondition(found && tagOf(found.hash))) return { ifHash: found?.hash ?? null };
    const shown = found ? `has the etag ${tagOf(found.hash)}` : 'is not there';
    throw errors.AF_DEFINITION_UNMATCHED({ kind, name, found: shown });
  };
  return [
    {
      method: 'GET',
      path: `/api/v1/${plural}`,
      operationId: `list${title}s`,
      revalidates: true,
      summary: `List the ${plural} that can be run.`,
      tag: `${title}s`,
      permission: `${plural}:read`,
      rate: 'read',
      responses: { 200: listedResponse(plural, schema, example) },
      async handler(request) {
        const all = await own(request).list(kind);
        return { body: jsonOf({ [plural]: all.map(({ definition }) => definition) }) };
      },
    },
    {
      ...read,
      method: 'GET',
      path: one,
      operationId: `get${title}`,
      revalidates: true,
      summary: `Read the definition of one ${kind}.`,
      query: { type: 'object', properties: { revision }, additionalProperties: false },
      responses: { 200: { description: `The ${kind}.`, schema, example } },
      errors: { ...unknown, AF_DEFINITION_REVISION_UNKNOWN: errorTable.AF_DEFINITION_REVISION_UNKNOWN },
      async handler(request) {
        const { query } = request;
        const at = typeof query['revision'] === 'number' ? query['revision'] : undefined;
        const { definition, hash } = await own(request).get(kind, nameOf(request), at);
        return { headers: { etag: tagOf(hash) }, body: jsonOf(definition) };
      },
    },
    {
      ...write,
      method: 'PUT',
      path: one,
      operationId: `put${title}`,
      summary: `Create or change one ${kind}.`,
      description: 'Runs in flight go on with the definition they began with. The same again is no change.',
      preconditions: true,
      query: {
        type: 'object',
        properties: {
          ifRevision: {
            type: 'integer',
            minimum: 0,
            description: 'Only if it is at this revision; 0: only if it is new.',
          },
        },
        additionalProperties: false,
      },
      body: { type: 'object' },
      bodyExample: example,
      responses: { 200: keptResponse(kind, schema, example) },
      errors: {
        ...fixed,
        AF_DEFINITION_INVALID: errorTable.AF_DEFINITION_INVALID,
        ...stale,
      },
      async handler(request) {
        const { query, body } = request;
        const definition = { ...(body as object), name: nameOf(request) }; // an object, as its schema says
        const { ifRevision } = query;
        const options = {
          ...(await expected(request)),
          ...(typeof ifRevision === 'number' && { ifRevision }),
        };
        return { body: jsonOf(await own(request).put(kind, definition, options)) };
      },
    },
    {
      ...write,
      method: 'DELETE',
      path: one,
      operationId: `remove${title}`,
      summary: `Remove one ${kind}. Its revisions stay, and runs in flight go on.`,
      preconditions: true,
      responses: {
        200: { description: 'It was removed.', schema: { type: 'object' }, example: { removed: true } },
      },
      errors: { ...unknown, ...fixed, ...stale },
      async handler(request) {
        await own(request).remove(kind, nameOf(request), await expected(request));
        return { body: { removed: true } };
      },
    },
    {
      ...read,
      method: 'GET',
      path: `${one}/revisions`,
      operationId: `list${title}Revisions`,
      summary: `List the revisions of one ${kind}, newest first.`,
      responses: { 200: revisionsResponse },
      handler: async (request) => ({
        body: jsonOf({ revisions: await own(request).revisions(kind, nameOf(request)) }),
      }),
    },
    {
      ...read,
      method: 'GET',
      path: `${one}/diff`,
      operationId: `diff${title}`,
      summary: `Compare two revisions of one ${kind}.`,
      query: {
        type: 'object',
        properties: { from: revision, to: revision },
        required: ['from', 'to'],
        additionalProperties: false,
      },
      responses: { 200: changesResponse },
      errors: { AF_DEFINITION_REVISION_UNKNOWN: errorTable.AF_DEFINITION_REVISION_UNKNOWN },
      async handler(request) {
        const { query } = request;
        const [from, to] = [Number(query['from']), Number(query['to'])];
        return { body: jsonOf({ changes: await own(request).diff(kind, nameOf(request), from, to) }) };
      },
    },
  ];
}

/** The entity tag of a definition: it is the same for the same definition, wherever it is read. */
function tagOf(hash: string): string {
  return `"${hash}"`;
}

function nameParams(kind: DefinitionKind): JsonSchema {
  return {
    type: 'object',
    properties: {
      name: { type: 'string', description: `Name of the ${kind}.`, minLength: 1, maxLength: 64 },
    },
    required: ['name'],
    additionalProperties: false,
  };
}
