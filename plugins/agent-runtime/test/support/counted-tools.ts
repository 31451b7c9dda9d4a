import type { Embedder, Tool } from '@agent-factory/sdk/contracts';

/** What was really called, so that a replay shows that it calls nothing. */
export interface Reached {
  calls: number;
}

/** Tools that read, write, fail and never end. */
export function countedTools(reached: Reached): readonly Tool[] {
  const tool = (name: string, run: Tool['run'], more: Partial<Tool> = {}): Tool => ({
    name,
    description: `Does ${name}.`,
    input: { type: 'object', properties: { at: { type: 'string' } } },
    effect: 'read',
    run: (input, context) => {
      reached.calls += 1;
      return run(input, context);
    },
    ...more,
  });
  return [
    tool('look', async ({ at }) => ({ seen: at ?? null, count: reached.calls })),
    tool('slowly', async ({ at }) => {
      await new Promise(setImmediate);
      return `${JSON.stringify(at)}, slowly`;
    }),
    tool(
      'never',
      (_input, { signal }) =>
        new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
    ),
    tool('breaks', () => Promise.reject(new Error('It broke.'))),
    tool(
      'unsure',
      () =>
        Promise.reject(
          Object.assign(new Error('Not now.'), { code: 'AF_TEST_LATER', fix: 'Later.', retryable: true }),
        ),
      {
        retry: { maxAttempts: 2, delayMs: 1 },
      },
    ),
    tool('pay', async ({ amount }) => `${JSON.stringify(amount)} paid`, {
      input: { type: 'object' },
      effect: 'write',
    }),
  ];
}

/** Vectors of letters. */
export function countedEmbedder(reached: Reached): Embedder {
  const vector = (text: string): readonly number[] =>
    Array.from(
      { length: 26 },
      (_, letter) => text.toLowerCase().split(String.fromCharCode(97 + letter)).length - 1,
    );
  return {
    provider: 'letters',
    description: 'No trained model: counts letters.',
    available: true,
    models: async () => [{ name: 'abc', dimensions: 26, textsPerCall: 100 }],
    async embed({ texts }) {
      reached.calls += 1;
      return { vectors: texts.map(vector), usage: { inputTokens: texts.length } };
    },
  };
}
