import type { Json, JsonSchema } from '@agent-factory/sdk';
import type { HttpResponseSpec } from '@agent-factory/sdk/contracts';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const exampleHash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** Answers with definitions. */
export function listedResponse(plural: string, schema: JsonSchema, example: Json): HttpResponseSpec {
  return {
    description: `The ${plural}, by name.`,
    schema: object({ [plural]: { type: 'array', items: schema } }),
    example: { [plural]: [example] },
  };
}

/** Answers with a definition and where it is kept. */
export function keptResponse(kind: string, schema: JsonSchema, example: Json): HttpResponseSpec {
  const { name } = example as { readonly name: string }; // an example has one
  return {
    description: `The ${kind} as it is kept.`,
    schema: object({
      kind: { const: kind },
      name: text,
      hash: text,
      source: { const: 'tenant' },
      revision: count,
      definition: schema,
    }),
    example: { kind, name, hash: exampleHash, source: 'tenant', revision: 2, definition: example },
  };
}

/** Answers with revisions. */
export const revisionsResponse: HttpResponseSpec = {
  description: 'The revisions; one without a hash is a removal.',
  schema: object({
    revisions: {
      type: 'array',
      items: object({ revision: count, hash: { type: ['string', 'null'] }, createdAt: count }),
    },
  }),
  example: { revisions: [{ revision: 1, hash: exampleHash, createdAt: 1_763_800_000_000 }] },
};

/** Answers with differences. */
export const changesResponse: HttpResponseSpec = {
  description: 'The differences, each with its place.',
  schema: object({
    changes: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: text, before: {}, after: {} },
        required: ['path'],
        additionalProperties: false,
      },
    },
  }),
  example: { changes: [{ path: '/instructions', before: 'Help.', after: 'Help, and be brief.' }] },
};

function object(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}
