import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import { toolSchema, type ToolEffect, type ToolRetry } from '@agent-factory/sdk/domain';

/** What a registration says of one operation, instead of what follows from the document. */
export interface OperationChoice {
  readonly name?: string;
  readonly description?: string;
  readonly effect?: ToolEffect;
  readonly timeoutMs?: number;
  readonly retry?: ToolRetry;
  /** JSON Pointer to the part of the answer that is the result. Default: all of it. */
  readonly result?: string;
  /** What answers are held against; `false` nothing. Default: as the document says. */
  readonly output?: JsonObject | false;
  /** Header in which the server takes a key that makes repeating harmless. */
  readonly idempotencyHeader?: string;
}

/** A registration of the kind `openapi`. */
export interface OpenApiSpec {
  /** The document itself. */
  readonly document?: JsonObject | string;
  /** Where it is, or was when it was registered. */
  readonly url?: string;
  /** A file with it; in the configuration alone. */
  readonly file?: string;
  readonly server?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly auth?: Readonly<Record<string, { readonly secret: string; readonly username?: string }>>;
  readonly secretHeaders?: Readonly<Record<string, string>>;
  readonly anonymous?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** For operations that do not write each time. */
  readonly retry?: ToolRetry;
  readonly operations?: Readonly<Record<string, OperationChoice>>;
}

const text: JsonSchema = { type: 'string', minLength: 1, maxLength: 2048 };
const secretName: JsonSchema = { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,100}$' };
const names: JsonSchema = { type: 'array', items: text, maxItems: 2000 };

/** Headers that are the same in each request; none that the request itself decides. */
export const headersSchema: JsonSchema = {
  type: 'object',
  propertyNames: {
    pattern: '^[A-Za-z0-9-]{1,100}$',
    not: { enum: ['host', 'Host', 'content-length', 'Content-Length', 'connection', 'Connection'] },
  },
  additionalProperties: { type: 'string', maxLength: 4096, pattern: '^[\\t\\u0020-\\u007e]*$' },
};

/** Milliseconds of one request. */
export const timeSchema: JsonSchema = { type: 'integer', minimum: 100, maximum: 600_000 };

/** How often a failed call is made again. */
export const retrySchema: JsonSchema = Object(toolSchema['properties']).retry as JsonSchema; // of every definition of a tool

/** What a call does to the world. */
export const effectSchema: JsonSchema = { enum: ['pure', 'read', 'idempotent-write', 'write'] };

/** A JSON Pointer (RFC 6901). */
export const pointerSchema: JsonSchema = { type: 'string', pattern: '^(/[^/]*)*$', maxLength: 500 };

/** Name of a header. */
export const headerNameSchema: JsonSchema = { type: 'string', pattern: '^[A-Za-z0-9-]{1,100}$' };

/** Names of secrets by the headers they are sent in. */
export const secretHeadersSchema: JsonSchema = {
  type: 'object',
  propertyNames: { pattern: '^[A-Za-z0-9-]{1,100}$' },
  additionalProperties: secretName,
};

/** JSON Schema of {@link OpenApiSpec}. */
export const openApiSpecSchema: JsonSchema = {
  type: 'object',
  description: 'An OpenAPI document (3.0, 3.1 or 3.2), and which of its operations become tools.',
  properties: {
    document: {
      type: ['object', 'string'],
      description: 'The document, as an object or as text in JSON or YAML.',
    },
    url: { ...text, pattern: '^https?://', description: 'Its address, on a host of "documentHosts".' },
    file: {
      ...text,
      description: 'A file with it, relative to the configuration; in the configuration alone.',
    },
    server: {
      ...text,
      pattern: '^https?://',
      description: 'Where requests go, instead of where the document says.',
    },
    variables: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Variables of its servers.',
    },
    include: {
      ...names,
      description:
        'Operations that become tools: operationId, or "GET /path"; * stands for any text. Default: all.',
    },
    exclude: { ...names, description: 'Operations that do not.' },
    auth: {
      type: 'object',
      description: 'By name of a security scheme of the document: which secret to send.',
      additionalProperties: {
        type: 'object',
        properties: { secret: secretName, username: text },
        required: ['secret'],
        additionalProperties: false,
      },
    },
    secretHeaders: {
      ...secretHeadersSchema,
      description:
        'Names of secrets by the headers they are sent in, where the document has no security scheme.',
    },
    anonymous: {
      type: 'boolean',
      description: 'Call without credentials, although the document asks for some.',
    },
    headers: { ...headersSchema, description: 'Headers that are the same in each request; never secrets.' },
    timeoutMs: { ...timeSchema, description: 'Milliseconds one request may take.' },
    retry: { ...retrySchema, description: 'For operations that do not write each time.' },
    operations: {
      type: 'object',
      description: 'By operationId or "GET /path": what is different from what follows from the document.',
      additionalProperties: {
        type: 'object',
        properties: {
          name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
          description: text,
          effect: effectSchema,
          timeoutMs: timeSchema,
          retry: retrySchema,
          result: pointerSchema,
          output: { anyOf: [{ type: 'object' }, { const: false }] },
          idempotencyHeader: headerNameSchema,
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};
