import assert from 'node:assert/strict';
import { citationsIn, citationsUsed } from '../src/tool/citations.ts';

const guide = { source: 'docs/guide.md', line: 12, endLine: 20 };
const rules = { source: 'rules.md', line: 3 };
const page = { source: 'https://example.org/a' };
const third = { source: 'terms.pdf', page: 3, heading: 'Returns' };
const all = [guide, rules, page, third];

describe('citationsUsed', () => {
  const cases: readonly (readonly [name: string, text: string, used: readonly object[]])[] = [
    ['source and line', 'So it is [rules.md:3].', [rules]],
    ['source and line as an anchor', 'See docs/guide.md#L12.', [guide]],
    ['a line within the passage', 'See docs/guide.md:15.', [guide]],
    ['a span of lines', 'See (docs/guide.md:12-20).', [guide]],
    ['the source alone', 'The rules are in rules.md.', [rules]],
    ['a page', 'From https://example.org/a, that is.', [page]],
    ['a page of a document', 'See terms.pdf#page=3.', [third]],
    ['no other page', 'See terms.pdf#page=30 and terms.pdf#page=2.', []],
    ['the order of mention, each once', 'rules.md:3, docs/guide.md:12, rules.md:3', [rules, guide]],
    ['no other line', 'rules.md:4 and docs/guide.md:21', []],
    ['no part of a longer name', 'old-rules.md:3, rules.mdx, /x/rules.md:3, rules.md/more', []],
    ['nothing', 'I do not know.', []],
  ];
  for (const [name, text, used] of cases) {
    it(`finds ${name}`, () => assert.deepEqual(citationsUsed(text, all), used));
  }

  it('keeps one of two equal ones', () => {
    assert.deepEqual(citationsUsed('rules.md:3', [rules, { ...rules, quote: 'again' }]), [rules]);
  });
});

describe('citationsIn', () => {
  it('takes those of the right shape and leaves out what a citation has not', () => {
    const output = {
      citations: [
        { source: 'a.md', line: 1, score: 3 },
        { source: '' },
        'b.md',
        null,
        { source: 'c.md', line: 0 },
        { source: 'd.pdf', page: 2, heading: 'Terms' },
      ],
    };
    assert.deepEqual(citationsIn(output), [
      { source: 'a.md', line: 1 },
      { source: 'c.md' },
      { source: 'd.pdf', page: 2, heading: 'Terms' },
    ]);
  });

  it('finds none in anything else', () => {
    for (const output of [null, 'text', 7, [], {}, { citations: 'a.md' }, { citations: [] }]) {
      assert.equal(citationsIn(output), undefined);
    }
  });
});
