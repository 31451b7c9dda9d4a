import assert from 'node:assert/strict';
import { fakeModels, sendJson, startModelServer, testProviderConfig } from '@agent-factory/model-kit/testing';
import type { Behaviour } from '@agent-factory/model-kit/testing';
import type { Embedder } from '@agent-factory/sdk/contracts';
import { createChatProvider } from './chat-provider.ts';

const options = { signal: new AbortController().signal };

async function withEmbedder(
  behave: Behaviour,
  test: (embedder: Embedder, asked: () => number) => Promise<void>,
): Promise<void> {
  const server = await startModelServer(behave);
  const { embedder, close } = createChatProvider(server.origin, {
    ...testProviderConfig,
    baseUrl: server.baseUrl,
  });
  try {
    assert.ok(embedder);
    await test(embedder, () => server.seen.length);
  } finally {
    close();
    await server.close();
  }
}

const answering =
  (data: unknown): Behaviour =>
  (_request, response) =>
    sendJson(response, 200, { data, usage: { prompt_tokens: 2 } });

describe('embedding over HTTP', () => {
  it('sends texts in batches, and adds up what they used', () =>
    withEmbedder(fakeModels(), async (embedder, asked) => {
      const texts = Array.from({ length: 9 }, (_, n) => `text ${n}`);
      const { vectors, usage } = await embedder.embed({ model: 'fake', texts }, options);
      assert.equal(vectors.length, 9);
      assert.equal(usage.inputTokens, 18);
      assert.equal(asked(), 3);
    }));

  it('sorts vectors by the place they name', () =>
    withEmbedder(
      answering([
        { index: 1, embedding: [2] },
        { index: 0, embedding: [1] },
      ]),
      async (embedder) => {
        const { vectors } = await embedder.embed({ model: 'fake', texts: ['a', 'b'] }, options);
        assert.deepEqual(vectors, [[1], [2]]);
      },
    ));

  const senseless: readonly (readonly [what: string, data: unknown])[] = [
    ['too few vectors', [{ index: 0, embedding: [1] }]],
    [
      'two vectors for one text',
      [
        { index: 0, embedding: [1] },
        { index: 0, embedding: [2] },
      ],
    ],
    [
      'vectors of two lengths',
      [
        { index: 0, embedding: [1] },
        { index: 1, embedding: [1, 2] },
      ],
    ],
    [
      'a vector of words',
      [
        { index: 0, embedding: ['a'] },
        { index: 1, embedding: [1] },
      ],
    ],
    ['no data', undefined],
  ];
  for (const [what, data] of senseless) {
    it(`refuses ${what}`, () =>
      withEmbedder(answering(data), async (embedder) => {
        const call = embedder.embed({ model: 'fake', texts: ['a', 'b'] }, options);
        await assert.rejects(call, { code: 'AF_MODEL_RESPONSE_INVALID' });
      }));
  }
});
