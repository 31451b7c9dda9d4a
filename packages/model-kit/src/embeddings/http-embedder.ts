import { modelErrors, type Embedder, type EmbeddingModel } from '@agent-factory/sdk/contracts';
import type { AnswerReader } from '../http/json-answer.ts';
import type { Wire } from '../protocol/model-protocol.ts';
import { readCount, readList, readObject } from '../protocol/wire-fields.ts';
import { batchTexts, refuseEmptyTexts } from './text-batches.ts';

/** What an embedder behind a server is made of. */
export interface HttpEmbedderOptions {
  readonly provider: string;
  readonly description: string;
  /** Absent where calls can work; else what is to be set. */
  readonly missingKey?: string;
  readonly reader: AnswerReader;
  /** The one to take first. */
  readonly models: readonly EmbeddingModel[];
}

const usualTextsPerCall = 256;

/** An embedder that speaks OpenAI's `/embeddings`. Each call is tried once. */
export function createHttpEmbedder(options: HttpEmbedderOptions): Embedder {
  const { provider, description, missingKey, reader, models } = options;
  return {
    provider,
    description,
    available: missingKey === undefined,
    models: async () => models,
    async embed({ model, texts, dimensions }, { signal }) {
      signal.throwIfAborted();
      if (missingKey !== undefined) {
        throw modelErrors.AF_MODEL_NO_KEY({ server: reader.server, setting: missingKey });
      }
      refuseEmptyTexts(provider, texts);
      const textsPerCall = models.find(({ name }) => name === model)?.textsPerCall ?? usualTextsPerCall;
      const vectors: (readonly number[])[] = [];
      let inputTokens = 0;
      for (const input of batchTexts(texts, textsPerCall)) {
        const body = JSON.stringify({ model, input, encoding_format: 'float', dimensions });
        const answer = await reader.open('/embeddings', body, { signal });
        try {
          const wire = await reader.readJson(answer);
          vectors.push(...readVectors(wire, input.length, vectors[0]?.length, reader));
          inputTokens += readCount(readObject(wire['usage'])['prompt_tokens']) ?? 0;
        } finally {
          answer.release(false);
        }
      }
      return { vectors, usage: { inputTokens } };
    },
  };
}

function readVectors(
  wire: Wire,
  count: number,
  length: number | undefined,
  { garbled }: AnswerReader,
): (readonly number[])[] {
  const vectors: (readonly number[])[] = [];
  const data = readList(wire['data']);
  for (const [n, item] of data.entries()) {
    const { index = n, embedding } = item;
    if (!isVector(embedding)) throw garbled('a vector holds something that is no number.');
    if (embedding.length !== (length ?? embedding.length)) throw garbled('its vectors differ in length.');
    length = embedding.length;
    vectors[Number(index)] = embedding;
  }
  if (data.length !== count || vectors.length !== count || Object.keys(vectors).length !== count) {
    throw garbled(`it has ${data.length} vectors for ${count} texts.`);
  }
  return vectors;
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);
}
