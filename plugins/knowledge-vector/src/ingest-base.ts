import { createHash } from 'node:crypto';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type {
  Embedder,
  IngestProblem,
  IngestReport,
  StoredVectorDocument,
  VectorChunk,
  VectorCollection,
} from '@agent-factory/sdk/contracts';
import type { KnowledgeBase } from '@agent-factory/sdk/domain';
import type { LoaderChoice } from './choose-loader.ts';
import { chunkDocument, chunkerVersion } from './chunk-document.ts';
import { embedChunks, spaceOf, type BaseEmbedding } from './embed-chunks.ts';
import { listDocuments, type SourceReach } from './list-documents.ts';
import type { SourceDocument } from './source-document.ts';

/** Marks the fingerprint of a document that was given by the API. */
export const givenMark = 'given:';

const mostProblems = 100;

/** What taking documents in needs. */
export interface IngestParts {
  readonly base: KnowledgeBase;
  readonly tenant: string;
  readonly collection: VectorCollection;
  readonly embedding: BaseEmbedding | undefined;
  readonly embedders: readonly Embedder[];
  readonly loaders: LoaderChoice;
  readonly reach: SourceReach;
  readonly maxDocuments: number;
  readonly signal: AbortSignal;
  /** Called often: keeps the right to do this. */
  readonly renew: () => Promise<void>;
}

/** Counts what is done. */
interface Tally {
  ingested: number;
  unchanged: number;
  removed: number;
  embedded: number;
  failed: number;
  readonly problems: IngestProblem[];
}

/** Looks at all sources; each document is kept as soon as it is done. Gives what was done also where it ends early. */
export async function ingestBase(
  parts: IngestParts,
): Promise<{ readonly report: IngestReport; readonly error?: Error }> {
  const startedAt = Date.now();
  const tally: Tally = { ingested: 0, unchanged: 0, removed: 0, embedded: 0, failed: 0, problems: [] };
  let error: Error | undefined;
  try {
    await lookAtAll(parts, tally);
  } catch (reason) {
    error = reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
    if (!parts.signal.aborted) note(tally, parts.base.name, reason);
  }
  const usage = await parts.collection.usage();
  const report = { ...usage, ...tally, startedAt, endedAt: Date.now() };
  return { report, ...(error !== undefined && { error }) };
}

async function lookAtAll(parts: IngestParts, tally: Tally): Promise<void> {
  const { base, collection, reach, signal, renew, maxDocuments } = parts;
  const known = await documentsOf(collection);
  const seen = new Set<string>();
  let isWhole = true;
  try {
    for await (const document of listDocuments(base, reach, signal)) {
      if (seen.size >= maxDocuments) {
        isWhole = false;
        note(
          tally,
          base.name,
          new Error(`There are more than ${maxDocuments} documents; the rest is left out.`),
        );
        break;
      }
      seen.add(document.source);
      await renew();
      await lookAt(parts, tally, document, known.get(document.source));
    }
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_KNOWLEDGE_INVALID')) throw error;
    // A folder that cannot be listed now says nothing of what is gone.
    isWhole = false;
    note(tally, base.name, error);
  }
  for (const [id, stored] of known) {
    if (seen.has(id)) continue;
    signal.throwIfAborted();
    if (stored.fingerprint.startsWith(givenMark)) await embedAnew(parts, tally, stored);
    else if (isWhole) tally.removed += await collection.remove([id]);
  }
}

async function lookAt(
  parts: IngestParts,
  tally: Tally,
  document: SourceDocument,
  stored: StoredVectorDocument | undefined,
): Promise<void> {
  const { collection, signal, loaders } = parts;
  const { source } = document;
  try {
    const { content, mediaType = document.mediaType } = await document.read(loaders.maxBytes, signal);
    const fingerprint = fingerprintOf(parts, content, mediaType);
    if (stored?.fingerprint === fingerprint) {
      tally.unchanged++;
      return;
    }
    const chunks = await chunksOf(parts, source, content, mediaType);
    await putChunks(parts, { id: source, fingerprint, chunks });
    tally.ingested++;
    tally.embedded += parts.embedding ? chunks.length : 0;
  } catch (error) {
    signal.throwIfAborted();
    const isOfDocument = isAgentFactoryError(error) && /^AF_(DOCUMENT|OUTBOUND|VECTOR)_/.test(error.code);
    if (!isOfDocument) throw error;
    note(tally, source, error);
    // What cannot be read any more is not cited either; what may be read again later is.
    if (stored && !error.retryable) tally.removed += await collection.remove([source]);
  }
}

/** A document that was given is not there any more as it was: its chunks are embedded by the embedder of today. */
async function embedAnew(parts: IngestParts, tally: Tally, stored: StoredVectorDocument): Promise<void> {
  const space = parts.embedding && spaceOf(parts.embedding);
  if (stored.space === space || stored.chunks === 0) {
    tally.unchanged++;
    return;
  }
  await parts.renew();
  const chunks = await parts.collection.read(stored.id);
  await putChunks(parts, { id: stored.id, fingerprint: stored.fingerprint, chunks });
  tally.ingested++;
  tally.embedded += parts.embedding ? chunks.length : 0;
}

/** A document's chunks, ready to be embedded. */
export async function chunksOf(
  { base, loaders, signal }: Pick<IngestParts, 'base' | 'loaders' | 'signal'>,
  source: string,
  content: Uint8Array,
  mediaType: string | undefined,
): Promise<readonly VectorChunk[]> {
  const loader = loaders.choose(source, mediaType);
  const loaded = await loader.load(content, { source, signal });
  return chunkDocument(loaded, base.chunking).map(({ heading, text, line, endLine, page }) => ({
    title: heading === '' ? source : heading,
    text,
    meta: {
      source,
      ...(heading !== '' && { heading }),
      ...(line !== undefined && { line }),
      ...(endLine !== undefined && { endLine }),
      ...(page !== undefined && { page }),
    },
  }));
}

/** Embeds chunks and keeps them as one document. */
export async function putChunks(
  parts: Pick<IngestParts, 'base' | 'tenant' | 'collection' | 'embedding' | 'embedders' | 'signal' | 'renew'>,
  {
    id,
    fingerprint,
    chunks,
  }: { readonly id: string; readonly fingerprint: string; readonly chunks: readonly VectorChunk[] },
): Promise<void> {
  const { base, tenant, collection, embedding, embedders, signal, renew } = parts;
  if (!embedding) return collection.put({ id, fingerprint, chunks });
  const texts = chunks.map(({ title, text }) => `${title}\n${text}`);
  const options = { name: base.name, tenant, purpose: 'document', signal, beforeCall: renew } as const;
  const vectors = await embedChunks(embedders, embedding, texts, options);
  const embedded = chunks.map((chunk, at) => ({ ...chunk, vector: vectors[at] ?? [] }));
  await collection.put({ id, fingerprint, space: spaceOf(embedding), chunks: embedded });
}

/** Stands for a document's bytes and for all that decides what becomes of them. */
export function fingerprintOf(
  { base, embedding }: Pick<IngestParts, 'base' | 'embedding'>,
  content: Uint8Array,
  mediaType: string | undefined,
): string {
  const how = JSON.stringify([
    chunkerVersion,
    base.chunking ?? {},
    mediaType ?? '',
    embedding ? spaceOf(embedding) : '',
  ]);
  return createHash('sha256').update(how).update('\0').update(content).digest('hex');
}

async function documentsOf(collection: VectorCollection): Promise<ReadonlyMap<string, StoredVectorDocument>> {
  const all = new Map<string, StoredVectorDocument>();
  for (let after = ''; ;) {
    const page = await collection.documents({ after, limit: 5_000 });
    for (const document of page) all.set(document.id, document);
    const last = page.at(-1);
    if (!last) return all;
    after = last.id;
  }
}

function note(tally: Tally, source: string, error: unknown): void {
  tally.failed++;
  if (tally.problems.length >= mostProblems) return;
  const code = isAgentFactoryError(error) ? error.code : 'AF_KNOWLEDGE_INVALID';
  const message = error instanceof Error ? error.message : String(error);
  tally.problems.push({ source, code, message });
}
