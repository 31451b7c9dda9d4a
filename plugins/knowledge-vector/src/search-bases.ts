import { isAgentFactoryError, type Logger } from '@agent-factory/sdk';
import {
  knowledgeErrors,
  type Embedder,
  type KnowledgeHit,
  type KnowledgeQuery,
  type VectorCollection,
  type VectorHit,
} from '@agent-factory/sdk/contracts';
import type { Citation } from '@agent-factory/sdk/domain';
import { embedChunks, spaceOf, type BaseEmbedding } from './embed-chunks.ts';
import { quoteOf } from './quote.ts';

/** A base that is searched. */
export interface SearchedBase {
  readonly name: string;
  readonly collection: VectorCollection;
  readonly embedding: BaseEmbedding | undefined;
}

/** What searching needs. */
export interface SearchParts {
  readonly tenant: string;
  readonly embedders: readonly Embedder[];
  /** Chunks less alike than this do not count as found by meaning. */
  readonly minLikeness: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

const mostCharacters = 10_000;

/** AF_KNOWLEDGE_QUERY_INVALID for a query that breaks the rules. */
export function checkQuery({ bases, text, limit = 6 }: KnowledgeQuery): void {
  const refuse = (reason: string): Error => knowledgeErrors.AF_KNOWLEDGE_QUERY_INVALID({ reason });
  if (bases.length === 0) throw refuse('it names no base');
  if (text.trim() === '' || text.length > mostCharacters)
    throw refuse(`its text has not 1 to ${mostCharacters} characters`);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 50) throw refuse(`its limit is ${limit}`);
}

/** Searches bases together, best first. */
export async function searchBases(
  bases: readonly SearchedBase[],
  { text, limit = 6, filter, by = 'hybrid' }: KnowledgeQuery,
  parts: SearchParts,
): Promise<readonly KnowledgeHit[]> {
  const vectors = new Map<string, Promise<readonly number[] | undefined>>();
  const vectorFor = (base: SearchedBase): Promise<readonly number[] | undefined> => {
    const { embedding } = base;
    if (!embedding || by === 'words') return Promise.resolve(undefined);
    const space = spaceOf(embedding);
    const known = vectors.get(space) ?? embedQuestion(base.name, embedding, text, by, parts);
    vectors.set(space, known);
    return known;
  };
  const found = await Promise.all(
    bases.map(async (base) => {
      const values = await vectorFor(base);
      const space = base.embedding && spaceOf(base.embedding);
      const hits = await base.collection.search({
        limit,
        ...(filter && { filter }),
        ...(values && space !== undefined && { vector: { space, values }, minLikeness: parts.minLikeness }),
        ...((by !== 'meaning' || !values) && { text }),
      });
      return hits.map((hit) => hitOf(base.name, hit, text));
    }),
  );
  parts.signal.throwIfAborted();
  return found
    .flat()
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}

/** A search goes on by words where the embedder does not work, unless only meaning was asked for. */
async function embedQuestion(
  name: string,
  embedding: BaseEmbedding,
  text: string,
  by: 'meaning' | 'hybrid',
  { embedders, tenant, signal, log }: SearchParts,
): Promise<readonly number[] | undefined> {
  try {
    const [vector] = await embedChunks(embedders, embedding, [text], {
      name,
      tenant,
      purpose: 'query',
      signal,
    });
    return vector;
  } catch (error) {
    if (by === 'meaning' || !isAgentFactoryError(error, 'AF_KNOWLEDGE_EMBEDDER')) throw error;
    log.warn('A knowledge base is searched by words alone.', { base: name, reason: error.message });
    return undefined;
  }
}

function hitOf(base: string, { document, text, meta, score }: VectorHit, question: string): KnowledgeHit {
  const { heading, line, endLine, page } = meta as Omit<Citation, 'source' | 'quote'>; // as it was taken in
  const citation: Citation = {
    source: document,
    ...(line !== undefined && { line }),
    ...(endLine !== undefined && { endLine }),
    ...(page !== undefined && { page }),
    ...(heading !== undefined && { heading }),
    quote: quoteOf(text, question),
  };
  return { base, text, score: Number(score.toPrecision(4)), citation };
}
