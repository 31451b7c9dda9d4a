import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import type { HttpResponseSpec } from '@agent-factory/sdk/contracts';
import { toolSchema } from '@agent-factory/sdk/domain';

const name: JsonSchema = {
  type: 'string',
  pattern: '^[a-z][a-z0-9_-]{0,39}$',
  description: 'Name of the registration; tool names begin with it.',
};
const kind: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 64,
  description: 'How tools are made of it.',
};
const head: Record<string, JsonSchema> = {
  name,
  kind,
  version: { type: 'integer', description: 'Grows with each change.' },
  hash: { type: 'string', description: 'SHA-256 of kind and spec in canonical JSON, hex.' },
  origin: { enum: ['configuration', 'registered'] },
  createdAt: { type: 'integer', description: 'Milliseconds since the epoch.' },
  createdBy: { type: 'string' },
};
const headNames = ['name', 'kind', 'version', 'hash', 'origin', 'createdAt'];
const spec: JsonSchema = { type: 'object', description: 'What the kind asks for.' };
const registration = object({ ...head, spec }, [...headNames, 'spec']);

/** A spec of the kind `http`. */
export const exampleSpec: JsonObject = {
  description: 'Looks up an order by its number.',
  url: 'https://api.example.org/orders/{id}',
  input: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
};
const exampleHead: JsonObject = {
  name: 'orders',
  kind: 'http',
  version: 1,
  hash: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  origin: 'registered',
  createdAt: 1_764_374_400_000,
  createdBy: 'local',
};

/** Parameters of a route. */
export const nameParams: JsonSchema = object({ name }, ['name']);
/** Parameters of a route. */
export const toolParams: JsonSchema = object(
  { tool: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'Name of the tool.' } },
  ['tool'],
);
/** Body of a route. */
export const registerSchema: JsonSchema = object({ name, kind, spec }, ['name', 'kind', 'spec']);
/** Body of a route. */
export const testSchema: JsonSchema = object(
  {
    input: { type: 'object', description: 'The input of the tool.' },
    confirm: { type: 'boolean', description: 'Call it although it changes the world.' },
  },
  ['input'],
);

/** Answer of a route. */
export const kindsResponse: HttpResponseSpec = {
  description: 'The kinds.',
  schema: object(
    {
      kinds: list(object({ kind, description: { type: 'string' }, example: spec }, ['kind', 'description'])),
    },
    ['kinds'],
  ),
  example: { kinds: [{ kind: 'http', description: 'One HTTP request as a tool.', example: exampleSpec }] },
};
/** Answer of a route. */
export const listResponse: HttpResponseSpec = {
  description: 'The registrations, by name.',
  schema: object(
    {
      registrations: list(
        object(
          {
            ...head,
            tools: list({ type: 'string' }),
            problem: { type: 'string', description: 'Why its tools cannot be had now.' },
          },
          [...headNames, 'tools'],
        ),
      ),
    },
    ['registrations'],
  ),
  example: { registrations: [{ ...exampleHead, tools: ['orders'] }] },
};
/** Answer of a route. */
export const registrationResponse: HttpResponseSpec = {
  description: 'The registration.',
  schema: registration,
  example: { ...exampleHead, spec: exampleSpec },
};
/** Answer of a route. */
export const versionsResponse: HttpResponseSpec = {
  description: 'The versions.',
  schema: object({ versions: list(object(head, headNames)) }, ['versions']),
  example: { versions: [exampleHead] },
};
/** Answer of a route. */
export const registeredResponse: HttpResponseSpec = {
  description: 'It holds, with these tools.',
  schema: object({ registration, tools: list(toolSchema) }, ['registration', 'tools']),
  example: { registration: { ...exampleHead, spec: exampleSpec }, tools: [] },
};
/** Answer of a route. */
export const testResponse: HttpResponseSpec = {
  description: 'The result.',
  schema: object({ output: {}, durationMs: { type: 'integer' } }, ['output', 'durationMs']),
  example: { output: { value: '42' }, durationMs: 3 },
};

function object(properties: Record<string, JsonSchema>, required: readonly string[]): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}
