import { createHash } from 'node:crypto';
import { isAgentFactoryError, type Logger } from '@agent-factory/sdk';
import {
  checkSemanticRequest,
  embedTexts,
  type Embedder,
  type MemoryOwner,
  type SemanticMemory,
  type TenantSemanticMemory,
  type VectorCollection,
  type VectorStore,
} from '@agent-factory/sdk/contracts';
import type { VectorMemoryConfig } from './config.ts';

/** What the memory stands on. */
export interface VectorMemoryParts {
  readonly vectors: VectorStore;
  readonly embedders: readonly Embedder[];
  readonly config: VectorMemoryConfig;
  readonly log: Logger;
  /** Aborted when the plugin ends. */
  readonly signal: AbortSignal;
}

/** Creates the memory: a collection of the tenant's for each owner, a document for each fact. */
export function createVectorMemory(parts: VectorMemoryParts): SemanticMemory {
  return { tenant: (id) => tenantMemory(id, parts) };
}

function tenantMemory(tenant: string, parts: VectorMemoryParts): TenantSemanticMemory {
  const { vectors, embedders, config, log } = parts;
  const model =
    config.model ?? (embedders.some(({ provider }) => provider === 'local') ? 'local/words' : undefined);
  const collectionOf = ({ scope, id }: MemoryOwner): VectorCollection =>
    vectors.tenant(tenant).collection(`memory:${scope}:${createHash('sha256').update(id).digest('hex')}`);

  /** Where a text lies, by its meaning; `undefined` where nothing says so now. */
  const placeOf = async (
    text: string,
    purpose: 'query' | 'document',
    wanted: AbortSignal | undefined,
  ): Promise<readonly number[] | undefined> => {
    if (model === undefined) return undefined;
    const signal = wanted ? AbortSignal.any([wanted, parts.signal]) : parts.signal;
    try {
      const { vectors: found } = await embedTexts(
        embedders,
        { model, texts: [text], purpose },
        { signal, tenant },
      );
      return found[0];
    } catch (error) {
      signal.throwIfAborted();
      if (!isAgentFactoryError(error)) throw error;
      log.warn('a memory is kept and looked for by words alone', { model, reason: error.message });
      return undefined;
    }
  };

  return {
    async remember(owner, { id, text, ttlMs = config.ttlMs }, { signal } = {}) {
      checkSemanticRequest(owner, { id, text, ttlMs });
      const collection = collectionOf(owner);
      const kept = plain(text);
      const vector = await placeOf(kept, 'document', signal);
      const now = Date.now();
      await collection.put({
        id,
        fingerprint: `${now}`,
        ...(vector && model !== undefined && { space: model }),
        chunks: [{ title: '', text: kept, meta: { at: now }, ...(vector && { vector }) }],
        ...(ttlMs > 0 && { expiresAt: now + ttlMs }),
      });
    },

    async recall(owner, asked, { limit = 5, signal } = {}) {
      checkSemanticRequest(owner, { text: asked, limit });
      const collection = collectionOf(owner);
      const text = plain(asked);
      const values = await placeOf(text, 'query', signal);
      const hits = await collection.search({
        limit,
        text,
        ...(values &&
          model !== undefined && { vector: { space: model, values }, minLikeness: config.minLikeness }),
      });
      return hits.map(({ document: id, text: said, meta, score }) => ({
        id,
        text: said,
        at: Number(meta['at']),
        score: Number(score.toPrecision(4)),
      }));
    },

    async forget(owner, id) {
      checkSemanticRequest(owner, id === undefined ? {} : { id });
      const collection = collectionOf(owner);
      if (id !== undefined) return collection.remove([id]);
      const { documents } = await collection.usage();
      await collection.clear();
      return documents;
    },
  };
}

/** As every storage keeps it. */
function plain(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
