import assert from 'node:assert/strict';
import { addUsage } from '@agent-factory/sdk/domain';

describe('addUsage', () => {
  it('adds what both know', () => {
    assert.deepEqual(
      addUsage(
        { inputTokens: 1, outputTokens: 2, cachedInputTokens: 3, reasoningTokens: 1 },
        { inputTokens: 10, outputTokens: 20, cachedInputTokens: 30, reasoningTokens: 10 },
      ),
      { inputTokens: 11, outputTokens: 22, cachedInputTokens: 33, reasoningTokens: 11 },
    );
  });

  it('keeps what only one knows, and makes up nothing', () => {
    assert.deepEqual(
      addUsage({ inputTokens: 1, outputTokens: 2 }, { inputTokens: 1, outputTokens: 2, cacheWriteTokens: 4 }),
      { inputTokens: 2, outputTokens: 4, cacheWriteTokens: 4 },
    );
  });
});
