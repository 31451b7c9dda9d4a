import { isAgentFactoryError } from '@agent-factory/sdk';
import { embedTexts, knowledgeErrors, type Embedder } from '@agent-factory/sdk/contracts';

/** Which model embeds a base. */
export interface BaseEmbedding {
  /** `provider/model`. */
  readonly model: string;
  readonly dimensions?: number;
}

/** Texts of one call, so that what is done is never lost for long, and a lease is renewed in between. */
const textsAtOnce = 64;

/** What vectors of this model and length are known by. */
export function spaceOf({ model, dimensions }: BaseEmbedding): string {
  return dimensions === undefined ? model : `${model}@${dimensions}`;
}

/** What goes with embedding texts for a base. */
export interface EmbedChunksOptions {
  readonly name: string;
  readonly tenant: string;
  readonly purpose: 'query' | 'document';
  readonly signal: AbortSignal;
  /** Called before each call of the embedder. */
  readonly beforeCall?: () => Promise<void>;
}

/** Embeds texts for a base. AF_KNOWLEDGE_EMBEDDER when that does not work. */
export async function embedChunks(
  embedders: readonly Embedder[],
  { model, dimensions }: BaseEmbedding,
  texts: readonly string[],
  { name, tenant, purpose, signal, beforeCall }: EmbedChunksOptions,
): Promise<readonly (readonly number[])[]> {
  const vectors: (readonly number[])[] = [];
  for (let at = 0; at < texts.length; at += textsAtOnce) {
    await beforeCall?.();
    signal.throwIfAborted();
    try {
      const request = { model, texts: texts.slice(at, at + textsAtOnce), purpose };
      const wanted = dimensions === undefined ? request : { ...request, dimensions };
      vectors.push(...(await embedTexts(embedders, wanted, { signal, tenant })).vectors);
    } catch (error) {
      signal.throwIfAborted();
      const reason = isAgentFactoryError(error) ? `${error.message} (${error.code})` : String(error);
      throw knowledgeErrors.AF_KNOWLEDGE_EMBEDDER({ name, model, reason }, { cause: error });
    }
  }
  return vectors;
}
