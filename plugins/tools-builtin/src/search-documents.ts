import type { JsonObject } from '@agent-factory/sdk';
import type { TextHit, Tool } from '@agent-factory/sdk/contracts';
import type { DocumentIndex } from './document-index.ts';

const mostCharacters = 1200;
const quoteCharacters = 240;

/** The tool `search_documents`: passages of the configured folders, with file and line. */
export function createSearchDocuments(index: DocumentIndex): Tool {
  return {
    name: 'search_documents',
    description:
      'Searches the documents of this platform and returns the passages that match best, each with its file and ' +
      'lines. Use it to answer any question the documents may answer, and cite what you rely on as [source:line].',
    input: {
      type: 'object',
      properties: {
        query: {
          type: 'string',
          minLength: 1,
          maxLength: 1000,
          description: 'What to look for: a question, or the words the passage probably uses.',
          examples: ['which port does the server listen on'],
        },
        limit: {
          type: 'integer',
          minimum: 1,
          maximum: 20,
          default: 6,
          description: 'How many passages to return at most.',
        },
      },
      required: ['query'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'The query as given.' },
        results: {
          type: 'array',
          description: 'Passages, best first; none when nothing matches.',
          items: {
            type: 'object',
            properties: {
              source: { type: 'string', description: 'File, relative to the searched folder.' },
              line: { type: 'integer', description: 'First line of the passage, from 1.' },
              endLine: { type: 'integer', description: 'Last line of the passage.' },
              heading: { type: 'string', description: 'Headings above it, joined by " > "; may be empty.' },
              text: { type: 'string', description: 'The passage.' },
              score: { type: 'number', description: 'Higher is better; comparable within one search.' },
            },
            required: ['source', 'line', 'endLine', 'heading', 'text', 'score'],
            additionalProperties: false,
          },
        },
        citations: {
          type: 'array',
          description: 'Where the passages stand, in the same order.',
          items: {
            type: 'object',
            properties: {
              source: { type: 'string' },
              line: { type: 'integer' },
              endLine: { type: 'integer' },
              quote: { type: 'string', description: 'The words that match best.' },
            },
            required: ['source', 'line', 'endLine', 'quote'],
            additionalProperties: false,
          },
        },
      },
      required: ['query', 'results', 'citations'],
      additionalProperties: false,
    },
    effect: 'read',
    timeoutMs: 120_000, // the first search of a large folder reads all of it
    async run(input, { signal }) {
      const { query, limit = 6 } = input as { query: string; limit?: number }; // as the schema says
      const words = wordsOf(query);
      const hits = await index.search(query, limit, signal);
      const results = hits.map((hit) => resultOf(hit, words));
      return {
        query,
        results,
        citations: results.map(({ source, line, endLine, text }) => ({
          source,
          line,
          endLine,
          quote: quote(text, words),
        })),
      };
    },
  };
}

interface SearchResult extends JsonObject {
  readonly source: string;
  readonly line: number;
  readonly endLine: number;
  readonly heading: string;
  readonly text: string;
  readonly score: number;
}

function resultOf({ group, text, meta, score }: TextHit, words: ReadonlySet<string>): SearchResult {
  const { line, endLine, heading } = meta as { line: number; endLine: number; heading: string }; // as indexed
  const rounded = Number(score.toPrecision(4));
  const whole = { source: group, line, endLine, heading, text, score: rounded };
  if (text.length <= mostCharacters) return whole;
  // Only listings are longer: the part around the best line is shown, with its own line numbers.
  const lines = text.split('\n');
  const best = indexOfBest(lines, words);
  let [first, last, length] = [best, best, lines[best]?.length ?? 0];
  for (let grown = true; grown;) {
    grown = false;
    for (const next of [last + 1, first - 1]) {
      const added = (lines[next]?.length ?? Infinity) + 1;
      if (length + added > mostCharacters) continue;
      [first, last, length, grown] = [Math.min(first, next), Math.max(last, next), length + added, true];
    }
  }
  const shown = lines
    .slice(first, last + 1)
    .join('\n')
    .slice(0, mostCharacters);
  return { ...whole, line: line + first, endLine: Math.min(endLine, line + last), text: shown };
}

/** The sentence or line of a passage that shares most words with the query. */
function quote(text: string, words: ReadonlySet<string>): string {
  const sentences = text.split(/\n|(?<=[.!?]) +/).filter((sentence) => sentence.trim() !== '');
  const best = sentences[indexOfBest(sentences, words)]?.trim() ?? '';
  return best.length <= quoteCharacters ? best : `${best.slice(0, quoteCharacters - 1).trimEnd()}…`;
}

function indexOfBest(texts: readonly string[], words: ReadonlySet<string>): number {
  let best = 0;
  let most = -1;
  for (const [at, text] of texts.entries()) {
    let shared = 0;
    for (const word of wordsOf(text)) if (words.has(word)) shared++;
    if (shared > most) [best, most] = [at, shared];
  }
  return best;
}

/** Words of three letters or more, cut to their first six so that endings do not matter. */
function wordsOf(text: string): ReadonlySet<string> {
  return new Set((text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []).map((word) => word.slice(0, 6)));
}
