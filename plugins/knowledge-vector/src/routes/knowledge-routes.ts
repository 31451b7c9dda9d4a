import {
  conditionOf,
  documentErrorTable,
  entityTag,
  knowledgeErrorTable,
  preconditionErrorTable,
  type HttpRequest,
  type HttpRoute,
  type Knowledge,
  type KnowledgeQuery,
  type TenantKnowledge,
} from '@agent-factory/sdk/contracts';
import { knowledgeBaseSchema, type KnowledgeBase } from '@agent-factory/sdk/domain';
import { documentRoutes } from './document-routes.ts';
import {
  baseParams,
  exampleBase,
  exampleState,
  hitSchema,
  jsonOf,
  querySchema,
  stateSchema,
} from './knowledge-schemas.ts';

const { AF_KNOWLEDGE_UNKNOWN, AF_KNOWLEDGE_FIXED, AF_KNOWLEDGE_INVALID, AF_KNOWLEDGE_BUSY } =
  knowledgeErrorTable;
const { AF_KNOWLEDGE_EMBEDDER, AF_KNOWLEDGE_QUERY_INVALID } = knowledgeErrorTable;

/** Knowledge bases over HTTP. */
export function knowledgeRoutes(knowledge: Knowledge): readonly HttpRoute[] {
  const of = ({ principal }: HttpRequest): TenantKnowledge => knowledge.tenant(principal.tenant);
  const one = {
    path: '/api/v1/knowledge/{name}',
    tag: 'Knowledge',
    resource: 'knowledge/{name}',
    params: baseParams,
  } as const;
  const state = {
    200: { description: 'The base as it stands.', schema: stateSchema, example: exampleState },
  };
  return [
    {
      method: 'GET',
      path: '/api/v1/knowledge',
      operationId: 'listKnowledge',
      summary: 'List the knowledge bases.',
      description: "The tenant's own and those of the platform, by name.",
      tag: 'Knowledge',
      permission: 'knowledge:read',
      responses: {
        200: {
          description: 'The bases.',
          schema: {
            type: 'object',
            properties: { data: { type: 'array', items: stateSchema } },
            required: ['data'],
          },
          example: { data: [exampleState] },
        },
      },
      rate: 'read',
      handler: async (request) => ({ body: { data: jsonOf(await of(request).list()) } }),
    },
    {
      method: 'POST',
      path: '/api/v1/knowledge/search',
      operationId: 'searchKnowledge',
      summary: 'Search knowledge bases.',
      description: 'Passages that match, best first, each with the document and place it stands in.',
      tag: 'Knowledge',
      permission: 'knowledge:read',
      body: querySchema,
      bodyExample: { bases: ['handbook'], text: 'When do you open?' },
      responses: {
        200: {
          description: 'What was found.',
          schema: {
            type: 'object',
            properties: { data: { type: 'array', items: hitSchema } },
            required: ['data'],
          },
          example: {
            data: [
              {
                base: 'handbook',
                text: 'Open from nine to five.',
                score: 0.03279,
                citation: {
                  source: 'hours.md',
                  line: 3,
                  endLine: 3,
                  heading: 'Hours',
                  quote: 'Open from nine to five.',
                },
              },
            ],
          },
        },
      },
      errors: { AF_KNOWLEDGE_UNKNOWN, AF_KNOWLEDGE_QUERY_INVALID, AF_KNOWLEDGE_EMBEDDER },
      rate: 'read',
      handler: async (request) => {
        const query = request.body as unknown as KnowledgeQuery; // as its schema says
        return { body: { data: jsonOf(await of(request).search(query, { signal: request.signal })) } };
      },
    },
    {
      ...one,
      method: 'GET',
      operationId: 'getKnowledge',
      revalidates: true,
      summary: 'Look at a knowledge base.',
      permission: 'knowledge:read',
      responses: state,
      errors: { AF_KNOWLEDGE_UNKNOWN },
      rate: 'read',
      handler: async (request) => {
        const found = await of(request).get(request.params['name'] ?? '');
        // How taking in goes is changed by nobody.
        const etag = entityTag(JSON.stringify(found.base), JSON.stringify(found));
        return { headers: { etag }, body: jsonOf(found) };
      },
    },
    {
      ...one,
      method: 'PUT',
      operationId: 'putKnowledge',
      preconditions: true,
      summary: 'Keep a knowledge base, or change it.',
      description:
        "A base of the tenant's own: web pages, texts, and documents that are added to it. Taking them in begins at once.",
      permission: 'knowledge:write',
      body: knowledgeBaseSchema,
      bodyExample: exampleBase,
      responses: state,
      errors: { AF_KNOWLEDGE_INVALID, AF_KNOWLEDGE_FIXED, AF_KNOWLEDGE_BUSY, ...preconditionErrorTable },
      rate: 'write',
      handler: async (request) => {
        const name = request.params['name'] ?? '';
        const base = request.body as unknown as KnowledgeBase; // as its schema says
        const kept = await of(request).put({ ...base, name }, conditionOf(request, jsonOf));
        await of(request).queueIngest(name);
        return { body: jsonOf(kept) };
      },
    },
    {
      ...one,
      method: 'DELETE',
      operationId: 'removeKnowledge',
      preconditions: true,
      summary: 'Remove a knowledge base with its documents.',
      permission: 'knowledge:write',
      responses: { 204: { description: 'It is gone.' } },
      errors: { AF_KNOWLEDGE_FIXED, AF_KNOWLEDGE_BUSY, ...preconditionErrorTable },
      rate: 'write',
      handler: async (request) => {
        await of(request).remove(request.params['name'] ?? '', conditionOf(request, jsonOf));
        return { status: 204, body: null };
      },
    },
    {
      ...one,
      method: 'POST',
      path: '/api/v1/knowledge/{name}/ingest',
      operationId: 'ingestKnowledge',
      summary: 'Take in what is new or changed in the sources.',
      description: 'It is done later, by one process at a time; the base tells how it went.',
      permission: 'knowledge:write',
      responses: { 202: { description: 'It will be done.', schema: stateSchema, example: exampleState } },
      errors: { AF_KNOWLEDGE_UNKNOWN, AF_KNOWLEDGE_FIXED },
      rate: 'write',
      handler: async (request) => {
        const name = request.params['name'] ?? '';
        await of(request).queueIngest(name);
        return { status: 202, body: jsonOf(await of(request).get(name)) };
      },
    },
    ...documentRoutes(of, { errors: documentErrorTable }),
  ];
}
