import type { JsonSchema } from '../json.ts';
import { nameSchema, versionSchema } from './expression.ts';

/** Where a pack's text comes from. */
export type KnowledgeSource =
  /** Files below a folder, relative to the pack. */
  | {
      readonly type: 'folder';
      readonly path: string;
      /** Globs of files to take. Default: all. */
      readonly include?: readonly string[];
      /** Globs of files to leave out. Default: none. */
      readonly exclude?: readonly string[];
    }
  /** A page on the web. */
  | { readonly type: 'url'; readonly url: string }
  /** Text in the pack itself. */
  | { readonly type: 'text'; readonly title: string; readonly text: string };

/** How text is split into passages. */
export interface Chunking {
  /** `heading` keeps sections together, `paragraph` paragraphs, `fixed` cuts by length alone. */
  readonly by: 'heading' | 'paragraph' | 'fixed';
  /** Longest passage, in characters. Default 1,200. */
  readonly maxChars?: number;
  /** Characters a passage repeats of the one before. Default 0. */
  readonly overlapChars?: number;
}

/** Text to be searched, as data: where it comes from, how it is split, which model embeds it. */
export interface KnowledgePack {
  /** Unique name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Semver version. */
  readonly version: string;
  readonly description?: string;
  readonly sources: readonly KnowledgeSource[];
  readonly chunking: Chunking;
  /** Embedding model; without one the pack is searched by words alone. */
  readonly embedding?: {
    /** `provider/model`. */
    readonly model: string;
    readonly dimensions?: number;
  };
}

const texts: JsonSchema = { type: 'array', items: { type: 'string', minLength: 1 } };

/** JSON Schema of {@link KnowledgePack}. */
export const knowledgePackSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: nameSchema,
    version: versionSchema,
    description: { type: 'string' },
    sources: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['type'],
        oneOf: [
          source('folder', { path: { type: 'string', minLength: 1 } }, { include: texts, exclude: texts }),
          source('url', { url: { type: 'string', pattern: '^https?://' } }),
          source('text', { title: { type: 'string' }, text: { type: 'string', minLength: 1 } }),
        ],
      },
    },
    chunking: {
      type: 'object',
      properties: {
        by: { enum: ['heading', 'paragraph', 'fixed'] },
        maxChars: { type: 'integer', minimum: 100 },
        overlapChars: { type: 'integer', minimum: 0 },
      },
      required: ['by'],
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
  },
  required: ['name', 'version', 'sources', 'chunking'],
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
