import { isAgentFactoryError, type JsonObject, type ValidationProblem } from '@agent-factory/sdk';
import type { ToolKind } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import { openOperations } from './open-operations.ts';
import { isPart, OpenApiDocument } from './openapi-document.ts';
import { openApiSpecSchema, type OpenApiSpec } from './openapi-spec.ts';
import type { CallParts } from './operation-tool.ts';
import { readDocument, type DocumentReader } from './read-document.ts';
import { readOperations, type ReadOperations } from './read-operations.ts';

/** What the kind needs. */
export interface OpenApiKindOptions {
  readonly parts: CallParts;
  readonly reader: DocumentReader;
  readonly timeoutMs: number;
  readonly maxOperations: number;
}

/** The kind of tools that are the operations of an OpenAPI document. */
export function createOpenApiKind({ parts, reader, timeoutMs, maxOperations }: OpenApiKindOptions): ToolKind {
  const read = (document: OpenApiDocument, spec: OpenApiSpec, name: string): ReadOperations =>
    readOperations(document, { spec, name, timeoutMs, maxOperations });
  return {
    kind: 'openapi',
    description: 'Each operation of an OpenAPI document as a tool.',
    spec: openApiSpecSchema,
    example: {
      url: 'https://api.example.org/openapi.json',
      include: ['listOrders', 'GET /orders/{id}'],
      auth: { apiToken: { secret: 'orders_token' } },
    },
    async prepare(given, { name, trusted, signal }) {
      const spec = given as OpenApiSpec; // fits the schema
      const ways = ['document', 'url', 'file'].filter((key) => Object.hasOwn(given, key));
      const both = ways.includes('document') && ways.includes('url') ? [] : ways.slice(1);
      const problems: ValidationProblem[] = both.map((key) => ({
        path: `/${key}`,
        message: `is given beside "${ways[0]}"`,
        fix: 'Give one of the two.',
      }));
      if (problems.length > 0) return { problems };
      try {
        const root = await readDocument(spec, reader, { trusted, signal });
        const document = new OpenApiDocument(root);
        const wrong = document.problems().map((one) => ({ ...one, path: `/document${one.path}` }));
        if (wrong.length > 0) return { problems: wrong };
        const found = read(document, spec, name).problems;
        if (found.length > 0) return { problems: found };
        const { file: _, ...kept } = given;
        return { spec: { ...kept, document: root as JsonObject } }; // parsed JSON
      } catch (error) {
        if (!isAgentFactoryError(error, 'AF_TOOLS_OPENAPI_DOCUMENT_UNREADABLE')) throw error;
        return { problems: [{ path: `/${ways[0] ?? 'document'}`, message: error.message, fix: error.fix }] };
      }
    },
    async open(given, { name }) {
      const spec = given as OpenApiSpec; // it was prepared
      const document = new OpenApiDocument(isPart(spec.document) ? spec.document : {});
      const { operations, problems } = read(document, spec, name);
      if (problems.length > 0) {
        const list = problems.map(({ path, message }) => `${path} ${message}`).join('; ');
        throw errors.AF_TOOLS_OPENAPI_INVALID({ problems: list });
      }
      return openOperations(operations, parts);
    },
  };
}
