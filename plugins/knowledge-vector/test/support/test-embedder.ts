import type { InMemoryPlugin } from '@agent-factory/sdk';
import { Embedder, modelErrors } from '@agent-factory/sdk/contracts';
import { testPlugin } from '@agent-factory/sdk/testing';

/** An embedder that counts, and fails or changes when it is told to. */
export interface TestEmbedder {
  readonly plugin: InMemoryPlugin;
  /** Texts that were embedded as documents. */
  readonly texts: string[];
  /** It fails from so many more calls on. */
  failAfter: number;
  dimensions: number;
  /** It answers once this resolves. */
  hold: Promise<void> | undefined;
}

/** Of these words, a text lies where those that it has point to; so "money" and "refund" are near each other. */
const meanings = ['refund money back', 'open hours time', 'ship send deliver', 'cat dog animal'];

/** Creates an embedder that knows a few words by their meaning. */
export function createTestEmbedder(): TestEmbedder {
  const state: TestEmbedder = {
    texts: [],
    failAfter: Infinity,
    dimensions: meanings.length + 1,
    hold: undefined,
    plugin: testPlugin('embedder-test', [Embedder], (ctx) => {
      ctx.contribute(Embedder, {
        provider: 'test',
        description: 'Knows a few words.',
        available: true,
        models: async () => [{ name: 'small', textsPerCall: 100 }],
        async embed({ texts, purpose }) {
          await state.hold;
          if (state.failAfter-- <= 0)
            throw modelErrors.AF_MODEL_OVERLOADED({ server: 'test', status: 503, reason: 'down' });
          if (purpose === 'document') state.texts.push(...texts);
          return {
            vectors: texts.map((text) => vectorOf(text, state.dimensions)),
            usage: { inputTokens: 0 },
          };
        },
      });
    }),
  };
  return state;
}

function vectorOf(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0);
  vector[dimensions - 1] = 0.1;
  for (const [at, words] of meanings.entries())
    for (const word of words.split(' '))
      if (text.toLowerCase().includes(word) && at < dimensions - 1) vector[at] = (vector[at] ?? 0) + 1;
  return vector;
}
