import { foreignSchema, type JsonObject, type JsonSchema } from '@agent-factory/sdk';
import type { ToolKind } from '@agent-factory/sdk/contracts';
import type { ToolEffect, ToolRetry } from '@agent-factory/sdk/domain';
import { openOperations } from './open-operations.ts';
import {
  effectSchema,
  headerNameSchema,
  headersSchema,
  pointerSchema,
  retrySchema,
  secretHeadersSchema,
  timeSchema,
} from './openapi-spec.ts';
import type { CallParts } from './operation-tool.ts';
import type { Credential, Operation, Parameter } from './operation.ts';

/** A registration of the kind `http`: one request as a tool, without a document. */
interface HttpSpec {
  readonly description: string;
  readonly method?: string;
  readonly url: string;
  readonly input?: JsonObject;
  readonly output?: JsonObject;
  readonly effect?: ToolEffect;
  readonly auth?: { readonly type: 'bearer' | 'basic'; readonly secret: string; readonly username?: string };
  readonly secretHeaders?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly result?: string;
  readonly idempotencyHeader?: string;
  readonly timeoutMs?: number;
  readonly retry?: ToolRetry;
}

const secretName: JsonSchema = { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,100}$' };

const spec: JsonSchema = {
  type: 'object',
  description: 'One HTTP request as a tool.',
  properties: {
    description: {
      type: 'string',
      minLength: 1,
      maxLength: 2000,
      description: 'What it does and when to use it.',
    },
    method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'], description: 'Default GET.' },
    url: {
      type: 'string',
      pattern: '^https?://',
      maxLength: 2048,
      description: 'Where it goes: https://api.example.org/orders/{id}. Braces name properties of the input.',
    },
    input: {
      type: 'object',
      description:
        'JSON Schema of the input, an object. Properties named in the address go there, "body" is the body, and the ' +
        'others are the query, or with POST, PUT and PATCH where there is no "body" the members of a JSON body.',
    },
    output: { type: 'object', description: 'JSON Schema of the result.' },
    effect: {
      ...effectSchema,
      description: 'What a call does to the world. Default: as the method suggests.',
    },
    auth: {
      type: 'object',
      properties: { type: { enum: ['bearer', 'basic'] }, secret: secretName, username: { type: 'string' } },
      required: ['type', 'secret'],
      additionalProperties: false,
    },
    secretHeaders: secretHeadersSchema,
    headers: headersSchema,
    result: { ...pointerSchema, description: 'JSON Pointer to the part of the answer that is the result.' },
    idempotencyHeader: headerNameSchema,
    timeoutMs: timeSchema,
    retry: { ...retrySchema, description: 'Not for a write.' },
  },
  required: ['description', 'url'],
  additionalProperties: false,
};

const usualEffect: Readonly<Record<string, ToolEffect>> = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'idempotent-write',
  DELETE: 'idempotent-write',
};

/** The kind of tools that are one HTTP request each, named as they are registered. */
export function createHttpKind(parts: CallParts, timeoutMs: number): ToolKind {
  return {
    kind: 'http',
    description: 'One HTTP request as a tool.',
    spec,
    example: {
      description: 'Looks up an order by its number.',
      url: 'https://api.example.org/orders/{id}',
      input: {
        type: 'object',
        properties: { id: { type: 'string', description: 'The number.' } },
        required: ['id'],
      },
    },
    async prepare(given) {
      const asked = given as unknown as HttpSpec; // fits the schema
      const url = URL.parse(asked.url.replaceAll(/\{[^{}]*\}/g, 'x'));
      const properties = Object(asked.input?.['properties']);
      const missing = namesIn(asked.url).filter((name) => !Object.hasOwn(properties, name));
      const problems = [
        ...(url === null || namesIn(url.host).length > 0 || /^https?:\/\/[^/]*[{}]/.test(asked.url)
          ? [{ path: '/url', message: 'is no address whose host is written out' }]
          : []),
        ...missing.map((name) => ({
          path: '/url',
          message: `names "${name}", which "input" does not have`,
          fix: `Describe it under "properties" of "input".`,
        })),
        ...(asked.input !== undefined && asked.input['type'] !== 'object'
          ? [{ path: '/input/type', message: 'must be "object"' }]
          : []),
      ];
      return problems.length > 0 ? { problems } : { spec: given };
    },
    open: async (given, { name }) =>
      openOperations([operationOf(given as unknown as HttpSpec, name, timeoutMs)], parts), // it was prepared
  };
}

function operationOf(given: HttpSpec, name: string, usualMs: number): Operation {
  const { method = 'GET', url, headers = {}, result, idempotencyHeader, auth } = given;
  const start = /^https?:\/\/[^/?#]+/.exec(url)?.[0] ?? url;
  const rest = url.slice(start.length);
  const input = foreignSchema(given.input ?? { type: 'object', properties: {}, additionalProperties: false });
  const properties = Object.keys(Object(input['properties']));
  const inPath = namesIn(rest);
  const others = properties.filter((one) => !inPath.includes(one) && one !== 'body');
  const takesBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  const hasBody = properties.includes('body');
  const members = takesBody && !hasBody ? others : [];
  const parameters = [
    ...inPath.map((one): Parameter => ({ ...plainly(one), in: 'path', style: 'simple' })),
    ...(members.length > 0 ? [] : others).map((one): Parameter => ({
      ...plainly(one),
      in: 'query',
      style: 'form',
    })),
  ];
  const usual = usualEffect[method] ?? (idempotencyHeader === undefined ? 'write' : 'idempotent-write');
  const effect = given.effect ?? usual;
  const retry = effect === 'write' ? undefined : given.retry;
  const credentials: Credential[] = Object.entries(given.secretHeaders ?? {}).map(
    ([header, secret]): Credential => ({ in: 'header', name: header, secret, as: 'plain' }),
  );
  if (auth)
    credentials.push({
      in: 'header',
      name: 'authorization',
      secret: auth.secret,
      as: auth.type,
      ...(auth.username !== undefined && { username: auth.username }),
    });
  return {
    name,
    description: given.description,
    effect,
    method,
    base: start,
    path: rest === '' || rest.startsWith('?') ? `/${rest}` : rest,
    parameters,
    ...((hasBody || members.length > 0) && { bodyType: 'application/json' }),
    ...(members.length > 0 && { bodyMembers: members }),
    input,
    ...(given.output && { output: foreignSchema(given.output) }),
    credentials,
    headers,
    ...(idempotencyHeader !== undefined && { idempotencyHeader }),
    ...(result !== undefined && { result }),
    timeoutMs: given.timeoutMs ?? usualMs,
    ...(retry && { retry }),
  };
}

function plainly(name: string): {
  readonly property: string;
  readonly name: string;
  readonly explode: boolean;
} {
  return { property: name, name, explode: true };
}

function namesIn(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
}
