import type { JsonSchema } from '../json.ts';
import { nameSchema, versionSchema } from './expression.ts';

/** Where the documents of a knowledge base come from. */
export type KnowledgeSource =
  /** Files below a folder; relative to the pack, or to the configuration. */
  | {
      readonly type: 'folder';
      readonly path: string;
      /** Globs of files to take. Default: all that a loader reads. */
      readonly include?: readonly string[];
      /** Globs of files to leave out. Default: none. */
      readonly exclude?: readonly string[];
    }
  /** A page on the web. */
  | { readonly type: 'url'; readonly url: string }
  /** Text in the definition itself. */
  | { readonly type: 'text'; readonly title: string; readonly text: string };

/** How a document is split into chunks. Lengths are in tokens, estimated as `estimateTokens` does. */
export interface Chunking {
  /** `heading` keeps sections together, `paragraph` paragraphs, `fixed` cuts by length alone. Default `heading`. */
  readonly by?: 'heading' | 'paragraph' | 'fixed';
  /** Longest chunk. Default 300. */
  readonly maxTokens?: number;
  /** How much a chunk repeats of the one before it, at most half of `maxTokens`. Default 0. */
  readonly overlapTokens?: number;
}

/** Documents to be searched, as data: where they come from, how they are split, which model embeds them. */
export interface KnowledgeBase {
  /** Unique name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** What is in it, for people and for the model that decides whether to search it. */
  readonly description?: string;
  /** May be empty where documents are added by the API. */
  readonly sources: readonly KnowledgeSource[];
  readonly chunking?: Chunking;
  /** Embedding model. Default as configured; without one the base is searched by words alone. */
  readonly embedding?: {
    /** `provider/model`. */
    readonly model: string;
    readonly dimensions?: number;
  };
}

/** A knowledge base with a version, as it is published and installed. */
export interface KnowledgePack extends KnowledgeBase {
  /** Semver version. */
  readonly version: string;
}

const texts: JsonSchema = { type: 'array', items: { type: 'string', minLength: 1 } };

const properties: Readonly<Record<string, JsonSchema>> = {
  name: nameSchema,
  description: { type: 'string', maxLength: 2000 },
  sources: {
    type: 'array',
    maxItems: 1000,
    items: {
      type: 'object',
      required: ['type'],
      oneOf: [
        source('folder', { path: { type: 'string', minLength: 1 } }, { include: texts, exclude: texts }),
        source('url', { url: { type: 'string', pattern: '^https?://' } }),
        source('text', {
          title: { type: 'string', minLength: 1, maxLength: 200 },
          text: { type: 'string', minLength: 1 },
        }),
      ],
    },
  },
  chunking: {
    type: 'object',
    properties: {
      by: { enum: ['heading', 'paragraph', 'fixed'] },
      maxTokens: { type: 'integer', minimum: 16, maximum: 8192 },
      overlapTokens: { type: 'integer', minimum: 0, maximum: 4096 },
    },
    additionalProperties: false,
  },
  embedding: {
    type: 'object',
    properties: {
      model: { type: 'string', pattern: '^[a-z][a-z0-9-]*/.+$' },
      dimensions: { type: 'integer', minimum: 1 },
    },
    required: ['model'],
    additionalProperties: false,
  },
};

/** JSON Schema of {@link KnowledgeBase}. */
export const knowledgeBaseSchema: JsonSchema = {
  type: 'object',
  properties,
  required: ['name', 'sources'],
  additionalProperties: false,
};

/** JSON Schema of {@link KnowledgePack}. */
export const knowledgePackSchema: JsonSchema = {
  type: 'object',
  properties: { ...properties, sources: { ...properties['sources'], minItems: 1 }, version: versionSchema },
  required: ['name', 'version', 'sources'],
  additionalProperties: false,
};

function source(
  type: KnowledgeSource['type'],
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return {
    type: 'object',
    properties: { type: { const: type }, ...required, ...optional },
    required: ['type', ...Object.keys(required)],
    additionalProperties: false,
  };
}
