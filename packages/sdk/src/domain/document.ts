import type { JsonSchema } from '../json.ts';

/** Where a piece of text stands in its document; only what makes sense for the kind of document is given. */
export interface TextPosition {
  /** First line, from 1. */
  readonly line?: number;
  /** Last line. */
  readonly endLine?: number;
  /** Page, from 1. */
  readonly page?: number;
}

/** A piece of a document that is better not torn apart: a heading, a paragraph, a list, a table, a row. */
export interface DocumentBlock extends TextPosition {
  /** A `heading` has a level; `code` keeps its line breaks; a `row` is one record of a table of data. */
  readonly kind: 'heading' | 'text' | 'code' | 'row';
  /** 1 to 6, of a heading. */
  readonly level?: number;
  readonly text: string;
}

/** A document as a loader reads it. */
export interface LoadedDocument {
  readonly title?: string;
  /** In reading order. */
  readonly blocks: readonly DocumentBlock[];
}

/** A piece of a document that is found and cited as a whole. */
export interface DocumentChunk extends TextPosition {
  /** Place among the chunks of its document, from 0. */
  readonly ordinal: number;
  /** The headings above it, joined by ` > `; empty when there are none. */
  readonly heading: string;
  readonly text: string;
  /** As `estimateTokens` counts. */
  readonly tokens: number;
}

/** JSON Schema of {@link DocumentChunk}. */
export const documentChunkSchema: JsonSchema = {
  type: 'object',
  properties: {
    ordinal: { type: 'integer', minimum: 0 },
    heading: { type: 'string' },
    text: { type: 'string', minLength: 1 },
    tokens: { type: 'integer', minimum: 1 },
    line: { type: 'integer', minimum: 1 },
    endLine: { type: 'integer', minimum: 1 },
    page: { type: 'integer', minimum: 1 },
  },
  required: ['ordinal', 'heading', 'text', 'tokens'],
  additionalProperties: false,
};

/**
 * About how many tokens a model reads in a text: one for each four letters of a word (for each sign of Chinese, Japanese,
 * Korean and Thai), one for each other sign. Models
 * differ; this is the same everywhere and never changes, so that chunks do not either.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const [part] of text.matchAll(/[\p{L}\p{N}\p{M}]+|[^\p{L}\p{N}\p{M}\s]/gu)) {
    const wide = part.match(
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu,
    );
    tokens += wide ? wide.length + Math.ceil((part.length - wide.length) / 4) : Math.ceil(part.length / 4);
  }
  return tokens;
}
