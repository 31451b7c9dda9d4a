import type { ErrorTable } from '@agent-factory/sdk';
import {
  knowledgeErrorTable,
  type HttpRequest,
  type HttpRoute,
  type TenantKnowledge,
} from '@agent-factory/sdk/contracts';
import { baseParams, documentSchema, jsonOf } from './knowledge-schemas.ts';

const { AF_KNOWLEDGE_UNKNOWN, AF_KNOWLEDGE_FIXED, AF_KNOWLEDGE_INVALID } = knowledgeErrorTable;
const { AF_KNOWLEDGE_BUSY, AF_KNOWLEDGE_EMBEDDER } = knowledgeErrorTable;

interface DocumentBody {
  readonly source: string;
  readonly mediaType?: string;
  readonly text?: string;
  readonly base64?: string;
}

/** The documents of knowledge bases over HTTP. */
export function documentRoutes(
  of: (request: HttpRequest) => TenantKnowledge,
  { errors }: { readonly errors: ErrorTable },
): readonly HttpRoute[] {
  const documents = {
    path: '/api/v1/knowledge/{name}/documents',
    tag: 'Knowledge',
    resource: 'knowledge/{name}',
    params: baseParams,
  } as const;
  const source = {
    type: 'string',
    minLength: 1,
    maxLength: 500,
    description: 'Name of the document.',
  } as const;
  const example = { source: 'returns.md', chunks: 2, isGiven: true };
  return [
    {
      ...documents,
      method: 'GET',
      operationId: 'listKnowledgeDocuments',
      summary: 'List the documents of a knowledge base.',
      permission: 'knowledge:read',
      query: {
        type: 'object',
        properties: {
          after: { type: 'string', maxLength: 500, description: 'The last source of the page before.' },
          limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
        },
        additionalProperties: false,
      },
      responses: {
        200: {
          description: 'A page, by source.',
          schema: {
            type: 'object',
            properties: { data: { type: 'array', items: documentSchema } },
            required: ['data'],
          },
          example: { data: [example] },
        },
      },
      errors: { AF_KNOWLEDGE_UNKNOWN },
      rate: 'read',
      handler: async (request) => {
        const page = request.query as { readonly after?: string; readonly limit?: number }; // as its schema says
        const data = await of(request).documents(request.params['name'] ?? '', page);
        return { body: { data: jsonOf(data) } };
      },
    },
    {
      ...documents,
      method: 'POST',
      operationId: 'addKnowledgeDocument',
      summary: 'Add a document to a knowledge base, or replace one that was added.',
      description: 'It is read, cut and embedded before the answer, and stays until it is removed.',
      permission: 'knowledge:write',
      body: {
        type: 'object',
        properties: {
          source,
          mediaType: {
            type: 'string',
            maxLength: 200,
            description: 'Default: what the ending of its name says.',
          },
          text: { type: 'string', description: 'What it says, …' },
          base64: { type: 'string', contentEncoding: 'base64', description: '… or its bytes.' },
        },
        required: ['source'],
        oneOf: [{ required: ['text'] }, { required: ['base64'] }],
        additionalProperties: false,
      },
      bodyExample: { source: 'returns.md', text: '# Returns\n\nWithin 14 days.' },
      responses: { 200: { description: 'It was taken in.', schema: documentSchema, example } },
      errors: {
        ...errors,
        AF_KNOWLEDGE_UNKNOWN,
        AF_KNOWLEDGE_FIXED,
        AF_KNOWLEDGE_INVALID,
        AF_KNOWLEDGE_BUSY,
        AF_KNOWLEDGE_EMBEDDER,
      },
      rate: 'write',
      handler: async (request) => {
        const { text, base64 = '', ...named } = request.body as unknown as DocumentBody; // as its schema says
        const content = text ?? Uint8Array.from(Buffer.from(base64, 'base64'));
        const added = await of(request).addDocument(request.params['name'] ?? '', { ...named, content });
        return { body: jsonOf(added) };
      },
    },
    {
      ...documents,
      method: 'DELETE',
      operationId: 'removeKnowledgeDocument',
      summary: 'Remove a document from a knowledge base.',
      description: 'One of the sources comes back with the next look at them.',
      permission: 'knowledge:write',
      query: { type: 'object', properties: { source }, required: ['source'], additionalProperties: false },
      responses: { 204: { description: 'It is gone.' } },
      errors: { AF_KNOWLEDGE_UNKNOWN, AF_KNOWLEDGE_FIXED },
      rate: 'write',
      handler: async (request) => {
        const { source: named } = request.query as { readonly source: string }; // as its schema says
        await of(request).removeDocument(request.params['name'] ?? '', named);
        return { status: 204, body: null };
      },
    },
  ];
}
