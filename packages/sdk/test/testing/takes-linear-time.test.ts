import assert from 'node:assert/strict';
import { takesLinearTime } from '@agent-factory/sdk/testing';

describe('takesLinearTime', () => {
  it('accepts what looks at each character once', () =>
    takesLinearTime((size) => 'a'.repeat(size).split('').join('-'), 1_000_000));

  it('refuses what looks at all of them for each', () =>
    assert.rejects(
      takesLinearTime((size) => {
        let sum = 0;
        for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) sum = (sum * 31 + j) | 0;
        return sum;
      }, 5_000),
      /ms for 5000 at once, .+ ms in 8 parts/,
    ));

  it('waits for work that answers later, and passes its failure on', () =>
    assert.rejects(
      takesLinearTime(() => Promise.reject(new Error('broken')), 10),
      /broken/,
    ));
});
