import { modelErrors, type Embedder, type EmbedRequest } from '@agent-factory/sdk/contracts';
import type { LocalConfig } from './config.ts';
import { errors } from './errors.ts';
import { contentWords, weightOf, wordsOf } from './words.ts';

const modelName = 'words';
const usualDimensions = 512;
const mostDimensions = 4096;

/** How much pairs of words, and pieces of words, count beside the words themselves. */
const pairWeight = 0.5;
const pieceWeight = 0.25;

/**
 * Stands in for a trained embedder: counts words by their stems, with pairs and pieces of them, each hashed to a
 * place of the vector. Texts are near each other where they share words; what they mean is not known.
 */
export function createLocalEmbedder({ provider }: LocalConfig): Embedder {
  return {
    provider,
    description:
      'No trained model: texts are near each other where they share words. Needs no key and no network.',
    available: true,
    models: async () => [{ name: modelName, dimensions: usualDimensions, textsPerCall: 256 }],
    async embed(request, { signal }) {
      signal.throwIfAborted();
      if (request.model !== modelName) {
        throw errors.AF_LLM_LOCAL_UNKNOWN_EMBEDDER({ model: request.model, provider });
      }
      const length = checkDimensions(request, provider);
      refuseEmpty(request.texts, provider);
      const vectors = request.texts.map((text) => vectorOf(text, length));
      await Promise.resolve();
      signal.throwIfAborted();
      return { vectors, usage: { inputTokens: 0 } };
    },
  };
}

function checkDimensions({ dimensions = usualDimensions }: EmbedRequest, provider: string): number {
  if (Number.isSafeInteger(dimensions) && dimensions >= 16 && dimensions <= mostDimensions) return dimensions;
  const reason = `dimensions must be a whole number from 16 to ${mostDimensions}, not ${dimensions}.`;
  throw modelErrors.AF_MODEL_REQUEST_INVALID({ server: provider, reason });
}

function refuseEmpty(texts: readonly string[], provider: string): void {
  const at = texts.findIndex((text) => text.trim() === '');
  if (at < 0) return;
  throw modelErrors.AF_MODEL_REQUEST_INVALID({
    server: provider,
    reason: `text ${at + 1} to embed is empty.`,
  });
}

function vectorOf(text: string, length: number): number[] {
  const weights = featuresOf(text);
  const vector = Array.from({ length }, () => 0);
  for (const [feature, weight] of weights) {
    const hash = hashOf(feature);
    // What comes often counts more, but not as often as it comes. The sign lets clashes cancel out.
    const value = (1 + Math.log(1 + weight)) * Math.min(1, weight) * (hash & 1 ? 1 : -1);
    const at = (hash >>> 1) % length;
    vector[at] = (vector[at] ?? 0) + value;
  }
  const norm = Math.hypot(...vector);
  // Everything cancelled out: too rare to be worth more than not being nothing.
  if (norm === 0) return vector.fill(1 / Math.sqrt(length));
  return vector.map((value) => (value === 0 ? 0 : Number((value / norm).toPrecision(6))));
}

function featuresOf(text: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  const add = (feature: string, weight: number): void =>
    void weights.set(feature, (weights.get(feature) ?? 0) + weight);
  const content = contentWords(text);
  const words = content.length > 0 ? content : wordsOf(text);
  for (const [n, word] of words.entries()) {
    add(`w:${word.stem}`, weightOf(word));
    const next = words[n + 1];
    if (next) add(`p:${word.stem} ${next.stem}`, pairWeight);
    for (const piece of piecesOf(`^${word.stem}$`)) add(`c:${piece}`, pieceWeight);
  }
  if (words.length === 0) for (const letter of text.replace(/\s+/g, '')) add(`l:${letter}`, 1);
  return weights;
}

function piecesOf(word: string): string[] {
  if (word.length <= 3) return [];
  return Array.from({ length: word.length - 2 }, (_, n) => word.slice(n, n + 3));
}

/** FNV-1a, 32 bits, with its bits mixed once more so that the lowest is good for the sign. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < text.length; n += 1) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193);
  hash ^= hash >>> 16;
  return Math.imul(hash, 0x45d9f3b) >>> 0;
}
