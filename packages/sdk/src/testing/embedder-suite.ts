import assert from 'node:assert/strict';
import type { Embedder, EmbedResponse } from '../contracts/embedder.ts';
import type { ConformanceCase, ConformanceSuite } from './conformance.ts';
import { withNothingLeft } from './open-handles.ts';
import { rejectsWith } from './rejects-with.ts';

/** A source of embeddings, ready to be asked. */
export interface EmbedderSetup {
  readonly embedder: Embedder;
  /** Name of a model it has. */
  readonly model: string;
  /** Ends the embedder and whatever server it talks to. */
  close?(): Promise<void>;
}

/**
 * What every embedder must do. `create` is called once for each case.
 *
 * @example
 * ```ts
 * declare function createMyEmbedder(): EmbedderSetup;
 * declare function it(name: string, run: () => Promise<void>): void;
 * for (const { name, run } of embedderSuite(async () => createMyEmbedder())) it(name, run);
 * ```
 */
export function embedderSuite(create: () => Promise<EmbedderSetup>): ConformanceSuite {
  const withSetup = (name: string, run: (setup: EmbedderSetup) => Promise<void>): ConformanceCase => ({
    name,
    run: () => withNothingLeft(create, run),
  });

  return [
    withSetup('names itself and its models, the one to take first', async ({ embedder }) => {
      assert.match(embedder.provider, /^[a-z][a-z0-9-]*$/);
      assert.ok(embedder.description.trim().length > 0, 'description is empty');
      assert.equal(embedder.available, true, 'the embedder under test must be available');
      const models = await embedder.models();
      assert.deepEqual(JSON.parse(JSON.stringify(models)), models, 'the models are not plain JSON');
      for (const { name, textsPerCall, dimensions = 1 } of models) {
        assert.ok(name.length > 0);
        assert.ok(Number.isSafeInteger(textsPerCall) && textsPerCall > 0, `textsPerCall is ${textsPerCall}`);
        assert.ok(Number.isSafeInteger(dimensions) && dimensions > 0, `dimensions is ${dimensions}`);
      }
    }),

    withSetup('gives a vector for each text, in their order', async (setup) => {
      const texts = ['A red boat on a lake.', 'How taxes are filed.', 'Ein Satz auf Deutsch.'];
      const together = await embed(setup, texts);
      assert.equal(together.vectors.length, texts.length);
      assert.ok(Number.isSafeInteger(together.usage.inputTokens) && together.usage.inputTokens >= 0);
      for (const [n, text] of texts.entries()) {
        const alone = await embed(setup, [text]);
        assert.ok(likeness(alone.vectors[0], together.vectors[n]) > 0.999, `text ${n} came out differently`);
      }
      assert.ok(likeness(together.vectors[0], together.vectors[1]) < 0.999, 'different texts look the same');
    }),

    withSetup('gives vectors of the length it promises', async (setup) => {
      const { vectors } = await embed(setup, ['one', 'two and more']);
      const model = (await setup.embedder.models()).find(({ name }) => name === setup.model);
      const dimensions = model?.dimensions ?? vectors[0]?.length;
      for (const vector of vectors) assert.equal(vector.length, dimensions);
    }),

    withSetup('takes more texts than go into one call', async (setup) => {
      const model = (await setup.embedder.models()).find(({ name }) => name === setup.model);
      const texts = Array.from({ length: (model?.textsPerCall ?? 100) + 3 }, (_, n) => `text number ${n}`);
      const { vectors } = await embed(setup, texts);
      assert.equal(vectors.length, texts.length);
      const last = await embed(setup, texts.slice(-1));
      assert.ok(likeness(last.vectors[0], vectors.at(-1)) > 0.999, 'the batches are out of order');
    }),

    withSetup('gives nothing for nothing', async (setup) => {
      assert.deepEqual((await embed(setup, [])).vectors, []);
    }),

    withSetup('refuses a text without a character', async (setup) => {
      for (const text of ['', ' \n']) {
        await rejectsWith(embed(setup, ['good', text]), 'AF_MODEL_REQUEST_INVALID');
      }
    }),

    withSetup('rejects with the reason when the signal is aborted', async (setup) => {
      const reason = new Error('not wanted any more');
      const request = { model: setup.model, texts: ['a'] };
      const early = setup.embedder.embed(request, { signal: AbortSignal.abort(reason) });
      await assert.rejects(early, (error) => error === reason);
    }),
  ];
}

async function embed({ embedder, model }: EmbedderSetup, texts: readonly string[]): Promise<EmbedResponse> {
  const response = await embedder.embed({ model, texts }, { signal: new AbortController().signal });
  assert.deepEqual(JSON.parse(JSON.stringify(response)), response, 'the answer is not plain JSON');
  return response;
}

/** Cosine of the angle between two vectors. */
function likeness(a: readonly number[] = [], b: readonly number[] = []): number {
  assert.equal(a.length, b.length);
  assert.ok(a.length > 0, 'a vector is empty');
  let [dot, left, right] = [0, 0, 0];
  for (const [n, x] of a.entries()) {
    const y = b[n] ?? Number.NaN;
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  assert.ok(left > 0 && right > 0, 'a vector is all zero, or holds no numbers');
  return dot / Math.sqrt(left * right);
}
