import assert from 'node:assert/strict';
import { embedderSuite } from '@agent-factory/sdk/testing';
import { createLocalEmbedder } from '../src/local-embedder.ts';

const embedder = createLocalEmbedder({ provider: 'local' });
const options = { signal: new AbortController().signal };

async function likeness(a: string, b: string): Promise<number> {
  const { vectors } = await embedder.embed({ model: 'words', texts: [a, b] }, options);
  const [left = [], right = []] = vectors;
  return left.reduce((sum, value, n) => sum + value * (right[n] ?? 0), 0);
}

describe('llm-local, embedding', () => {
  describe('is an embedder', () => {
    for (const { name, run } of embedderSuite(async () => ({ embedder, model: 'words' }))) it(name, run);
  });

  it('puts what shares words near, and what does not far away', async () => {
    const refund = 'I want a refund for my order';
    const near = await likeness(refund, 'How are orders refunded?');
    const far = await likeness(refund, 'The weather in Oslo is cold today');
    assert.ok(near > 0.3, `near is ${near}`);
    assert.ok(far < 0.15, `far is ${far}`);
  });

  it('recognises words that are misspelt', async () => {
    assert.ok(
      (await likeness('authentication', 'authentification')) >
        (await likeness('authentication', 'migration')),
    );
  });

  it('gives vectors of length one, of the dimensions asked for', async () => {
    const request = { model: 'words', texts: ['Hello there', '?!', 'the of and'], dimensions: 64 };
    const { vectors } = await embedder.embed(request, options);
    for (const vector of vectors) {
      assert.equal(vector.length, 64);
      assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-4);
    }
  });

  it('refuses another model, and dimensions it cannot make', async () => {
    await assert.rejects(embedder.embed({ model: 'x', texts: [] }, options), {
      code: 'AF_LLM_LOCAL_UNKNOWN_EMBEDDER',
      fix: /local\/words/,
    });
    for (const dimensions of [0, 1.5, 1e9]) {
      const call = embedder.embed({ model: 'words', texts: ['a'], dimensions }, options);
      await assert.rejects(call, { code: 'AF_MODEL_REQUEST_INVALID' });
    }
  });
});
