import { modelErrors } from './model-errors.ts';
import type { Embedder, EmbedOptions, EmbedResponse } from './embedder.ts';

/** Texts to be embedded by a model that is named in full. */
export interface EmbedTextsRequest {
  /** `provider/model`. */
  readonly model: string;
  readonly texts: readonly string[];
  readonly dimensions?: number;
  readonly purpose?: 'query' | 'document';
}

/**
 * Embeds by `provider/model`. AF_MODEL_REQUEST_INVALID when there is no such provider; AF_MODEL_RESPONSE_INVALID when it
 * does not give one vector for each text, all of one length.
 */
export async function embedTexts(
  embedders: readonly Embedder[],
  { model: full, texts, dimensions, purpose }: EmbedTextsRequest,
  options: EmbedOptions,
): Promise<EmbedResponse> {
  const slash = full.indexOf('/');
  const provider = full.slice(0, slash);
  const embedder = embedders.find((each) => each.provider === provider);
  if (!embedder || !embedder.available) {
    const known = embedders.filter(({ available }) => available).map((each) => each.provider);
    const reason = `it offers no embeddings now; ${known.length === 0 ? 'no plugin does.' : `these do: ${known.join(', ')}.`}`;
    throw modelErrors.AF_MODEL_REQUEST_INVALID({ server: provider, reason });
  }
  const request = {
    model: full.slice(slash + 1),
    texts,
    ...(dimensions !== undefined && { dimensions }),
    ...(purpose && { purpose }),
  };
  const response = await embedder.embed(request, options);
  const { vectors } = response;
  const length = vectors[0]?.length;
  if (
    vectors.length === texts.length &&
    vectors.every((vector) => vector.length === length && vector.length > 0)
  )
    return response;
  const reason = `it gave ${vectors.length} vectors for ${texts.length} texts, or of different lengths.`;
  throw modelErrors.AF_MODEL_RESPONSE_INVALID({ server: provider, reason });
}
