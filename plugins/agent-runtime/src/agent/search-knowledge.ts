import {
  isAgentFactoryError,
  type Json,
  type JsonObject,
  type JsonSchema,
  type Logger,
} from '@agent-factory/sdk';
import type { Knowledge, KnowledgeHit, TenantKnowledge, Tool } from '@agent-factory/sdk/contracts';
import type { Citation } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';

/** Name of the tool by which a model searches the knowledge bases of its agent. */
export const searchName = 'search_knowledge';

const input: JsonSchema = {
  type: 'object',
  properties: {
    query: {
      type: 'string',
      minLength: 1,
      maxLength: 2000,
      description: 'What to look for: a question, or the words the passage probably uses.',
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
};

const citation: JsonObject = {
  source: { type: 'string', description: 'The document.' },
  line: { type: 'integer', description: 'First line of the passage, from 1.' },
  endLine: { type: 'integer', description: 'Last line of the passage.' },
  page: { type: 'integer', description: 'Page, from 1, of a document that has pages.' },
  heading: { type: 'string', description: 'Headings above it, joined by " > ".' },
};

const output: JsonSchema = {
  type: 'object',
  properties: {
    query: { type: 'string', description: 'The query as given.' },
    results: {
      type: 'array',
      description: 'Passages, best first; none when nothing matches.',
      items: {
        type: 'object',
        properties: {
          base: { type: 'string', description: 'The knowledge base.' },
          cite: { type: 'string', description: 'How to name the passage in an answer.' },
          text: { type: 'string', description: 'The passage.' },
          score: { type: 'number', description: 'Higher is better; comparable within one search.' },
          ...citation,
        },
        required: ['base', 'cite', 'text', 'score', 'source'],
        additionalProperties: false,
      },
    },
    citations: {
      type: 'array',
      description: 'Where the passages stand, in the same order.',
      items: {
        type: 'object',
        properties: { ...citation, quote: { type: 'string', description: 'The words that match best.' } },
        required: ['source'],
        additionalProperties: false,
      },
    },
  },
  required: ['query', 'results', 'citations'],
  additionalProperties: false,
};

/** The tool `search_knowledge` of an agent: passages of its bases, with where they stand. */
export async function createSearchKnowledge(
  bases: readonly string[],
  tenant: string,
  { knowledge, log }: { readonly knowledge: Knowledge | undefined; readonly log: Logger },
): Promise<Tool> {
  const about = await Promise.all(bases.map((name) => tell(name, knowledge?.tenant(tenant), log)));
  return {
    name: searchName,
    description:
      'Searches documents and returns the passages that match best, each with where it stands. Use it to answer any ' +
      'question they may answer, and cite what you rely on as [cite], with the `cite` of the passage. The documents: ' +
      about.join('; '),
    input,
    output,
    effect: 'read',
    timeoutMs: 120_000, // the first search of a base that was never looked at reads its documents
    async run(given, { tenant: own, signal }) {
      if (!knowledge) throw errors.AF_RUN_NO_KNOWLEDGE({});
      const { query: text, limit = 6 } = given as { query: string; limit?: number }; // as the schema says
      const hits = await knowledge.tenant(own).search({ bases, text, limit }, { signal });
      return {
        query: text,
        results: hits.map(resultOf),
        citations: hits.map((hit) => ({ ...hit.citation })),
      };
    },
  };
}

/**
 * A base by its name and what it says is in it. One that is not there (any more) is told by the search; where it cannot be
 * asked now, the search goes by its name.
 */
async function tell(name: string, knowledge: TenantKnowledge | undefined, log: Logger): Promise<string> {
  const state = await knowledge?.get(name).catch((error: unknown) => {
    if (!isAgentFactoryError(error, 'AF_KNOWLEDGE_UNKNOWN'))
      log.warn('What is in a knowledge base could not be told.', { base: name, error: String(error) });
  });
  const description = state?.base.description;
  return description === undefined ? name : `${name} (${description.replace(/\.$/, '')})`;
}

function resultOf({ base, text, score, citation: { quote: _quote, ...place } }: KnowledgeHit): Json {
  return { base, cite: citeOf(place), text, score, ...place };
}

function citeOf({ source, line, page }: Citation): string {
  if (page !== undefined) return `${source}#page=${page}`;
  return line === undefined ? source : `${source}:${line}`;
}
