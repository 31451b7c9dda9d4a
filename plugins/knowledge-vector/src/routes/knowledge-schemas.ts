import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import { citationSchema, knowledgeBaseSchema, type KnowledgeBase } from '@agent-factory/sdk/domain';

/** A base to start from. */
export const exampleBase: KnowledgeBase & JsonObject = {
  name: 'handbook',
  description: 'How the shop works: refunds, delivery, opening hours.',
  sources: [{ type: 'text', title: 'hours.md', text: '# Hours\n\nOpen from nine to five.' }],
};

const count: JsonSchema = { type: 'integer', minimum: 0 };

/** JSON Schema of an `IngestReport`. */
const reportSchema: JsonSchema = {
  type: 'object',
  properties: {
    documents: count,
    chunks: count,
    ingested: count,
    unchanged: count,
    removed: count,
    embedded: count,
    failed: count,
    problems: {
      type: 'array',
      items: {
        type: 'object',
        properties: { source: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
        required: ['source', 'code', 'message'],
        additionalProperties: false,
      },
    },
    startedAt: count,
    endedAt: count,
  },
  required: ['documents', 'chunks', 'ingested', 'unchanged', 'removed', 'embedded', 'failed', 'problems'],
  additionalProperties: false,
};

/** JSON Schema of a `KnowledgeBaseState`. */
export const stateSchema: JsonSchema = {
  type: 'object',
  properties: {
    base: knowledgeBaseSchema,
    owner: { enum: ['platform', 'tenant'] },
    pack: {
      type: 'object',
      properties: { plugin: { type: 'string' }, version: { type: 'string' } },
      required: ['plugin', 'version'],
      additionalProperties: false,
    },
    documents: count,
    chunks: count,
    embedder: { type: 'string', description: 'What embeds it; none when it is searched by words alone.' },
    isIngesting: { type: 'boolean' },
    lastIngest: reportSchema,
  },
  required: ['base', 'owner', 'documents', 'chunks', 'isIngesting'],
  additionalProperties: false,
};

/** An example of {@link stateSchema}. */
export const exampleState: Json = {
  base: exampleBase,
  owner: 'tenant',
  documents: 1,
  chunks: 1,
  embedder: 'local/words',
  isIngesting: false,
};

/** JSON Schema of a document of a base. */
export const documentSchema: JsonSchema = {
  type: 'object',
  properties: {
    source: { type: 'string' },
    chunks: count,
    isGiven: { type: 'boolean', description: 'It was added by the API, not found in a source.' },
  },
  required: ['source', 'chunks', 'isGiven'],
  additionalProperties: false,
};

/** JSON Schema of a search. */
export const querySchema: JsonSchema = {
  type: 'object',
  properties: {
    bases: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      minItems: 1,
      maxItems: 50,
      description: 'Names of the bases to search together.',
    },
    text: { type: 'string', minLength: 1, maxLength: 10000, description: 'What to look for.' },
    limit: { type: 'integer', minimum: 1, maximum: 50, default: 6 },
    by: { enum: ['hybrid', 'meaning', 'words'], default: 'hybrid' },
    filter: {
      type: 'object',
      description: 'What "source", "page" or "heading" must be: a value, or one of several.',
      additionalProperties: {
        anyOf: [
          { type: ['string', 'number'] },
          { type: 'array', items: { type: ['string', 'number'] }, maxItems: 100 },
        ],
      },
      // What the way to a value inside JSON can be written with.
      propertyNames: { pattern: '^[^"\\\\\\u0000-\\u001f]+$' },
      maxProperties: 10,
    },
  },
  required: ['bases', 'text'],
  additionalProperties: false,
};

/** JSON Schema of what a search found. */
export const hitSchema: JsonSchema = {
  type: 'object',
  properties: {
    base: { type: 'string' },
    text: { type: 'string' },
    score: { type: 'number', description: 'Higher is better; comparable within one search only.' },
    citation: citationSchema,
  },
  required: ['base', 'text', 'score', 'citation'],
  additionalProperties: false,
};

/** JSON Schema of the path of one base. */
export const baseParams: JsonSchema = {
  type: 'object',
  properties: { name: { type: 'string', description: 'Name of the base.', minLength: 1, maxLength: 64 } },
  required: ['name'],
  additionalProperties: false,
};

/** A domain value as a JSON body: its interfaces hold JSON alone, but lack the index signature of Json. */
export function jsonOf(value: object): Json {
  return value as Json; // see above
}
