import assert from 'node:assert/strict';
import { firstPlace, lastPlace } from '../src/search-text.ts';

describe('a text that is searched', () => {
  it('holds a part where the engine says so, however long it is', () => {
    let seed = 7;
    const below = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most;
    const textOf = (length: number): string => Array.from({ length }, () => 'aaab'.charAt(below(4))).join('');
    let found = 0;
    for (let round = 0; round < 2000; round++) {
      const all = textOf(below(200));
      const begin = below(all.length + 1);
      const inside = all.slice(begin, begin + below(80));
      const part = round % 2 === 0 ? inside : inside + textOf(below(3));
      const from = below(all.length + 1);
      assert.equal(
        firstPlace(all, part, from),
        all.indexOf(part, from),
        `"${part}" in "${all}" from ${from}`,
      );
      assert.equal(
        lastPlace(all, part, from),
        all.lastIndexOf(part, from),
        `"${part}" in "${all}" to ${from}`,
      );
      if (part.length > 32 && all.includes(part)) found += 1;
    }
    assert.ok(found > 200, String(found));
  });

  it('holds no part that is longer than itself', () => {
    const part = 'a'.repeat(50);
    assert.deepEqual([firstPlace('a', part, 0), lastPlace('a', part, 1)], [-1, -1]);
  });
});
