import assert from 'node:assert/strict';
import { documentChunkSchema, estimateTokens, type DocumentBlock } from '@agent-factory/sdk/domain';
import { bootTestKernel, testPlugin } from '@agent-factory/sdk/testing';
import { chunkDocument } from '../src/chunk-document.ts';

const heading = (level: number, text: string, line: number): DocumentBlock => ({
  kind: 'heading',
  level,
  text,
  line,
  endLine: line,
});
const paragraph = (text: string, line: number): DocumentBlock => ({
  kind: 'text',
  text,
  line,
  endLine: line + text.split('\n').length - 1,
});
const words = (count: number, word = 'word'): string =>
  Array.from({ length: count }, (_, n) => `${word}${n}`).join(' ');

describe('chunkDocument', () => {
  const handbook = [
    heading(1, 'Shop', 1),
    paragraph('Welcome.', 3),
    heading(2, 'Refunds', 5),
    paragraph('Within 14 days.', 7),
    paragraph('By card.', 9),
    heading(2, 'Delivery', 11),
    heading(3, 'Abroad', 12),
    paragraph('A week.', 14),
    heading(1, 'Nothing below', 16),
  ];

  it('keeps sections together, with the headings above them and the lines they stand on', () => {
    const chunks = chunkDocument({ blocks: handbook });
    assert.deepEqual(
      chunks.map(({ heading: above, text, line, endLine }) => [above, text, line, endLine]),
      [
        ['Shop', 'Welcome.', 3, 3],
        ['Shop > Refunds', 'Within 14 days.\n\nBy card.', 7, 9],
        ['Shop > Delivery > Abroad', 'A week.', 14, 14],
        ['Nothing below', 'Nothing below', 16, 16],
      ],
    );
    assert.deepEqual(
      chunks.map(({ ordinal }) => ordinal),
      [0, 1, 2, 3],
    );
    assert.deepEqual(chunkDocument({ blocks: handbook }), chunks, 'the same each time');
  });

  it('keeps paragraphs apart, or cuts by length alone', () => {
    const texts = (by: 'paragraph' | 'fixed'): readonly string[] =>
      chunkDocument({ blocks: handbook }, { by, maxTokens: 16 }).map(({ text }) => text);
    assert.deepEqual(texts('paragraph'), [
      'Welcome.',
      'Within 14 days.',
      'By card.',
      'A week.',
      'Nothing below',
    ]);
    const fixed = texts('fixed');
    assert.ok(fixed.length < 5 && fixed[0]?.startsWith('Shop\n\nWelcome.'), JSON.stringify(fixed));
  });

  it('never makes a chunk longer than asked, whatever the text, and loses no word', () => {
    const long = `${words(200)}. ${words(50, 'more')}!\n${'x'.repeat(900)}\n${'漢'.repeat(70)}\n${'?'.repeat(70)}`;
    for (const by of ['heading', 'paragraph', 'fixed'] as const)
      for (const overlapTokens of [0, 10]) {
        const chunks = chunkDocument(
          { blocks: [heading(1, 'T', 1), paragraph(long, 2)] },
          { by, maxTokens: 40, overlapTokens },
        );
        for (const { text, tokens } of chunks) assert.ok(estimateTokens(text) <= 44 && tokens > 0, text);
        const all = chunks.map(({ text }) => text).join(' ');
        for (const word of ['word0', 'word199.', 'more49!']) assert.ok(all.includes(word), `${by}: ${word}`);
        assert.equal(
          chunks.map(({ text }) => text.match(/漢/g)?.length ?? 0).reduce((a, b) => a + b) >= 70,
          true,
        );
      }
  });

  it('says on which lines each part of a long text stands', () => {
    const lines = Array.from({ length: 40 }, (_, n) => `Line ${n + 10} says something of its own.`);
    const chunks = chunkDocument({ blocks: [paragraph(lines.join('\n'), 10)] }, { maxTokens: 60 });
    assert.ok(chunks.length > 3);
    let next = 10;
    for (const { line, endLine, text } of chunks) {
      assert.equal(line, next);
      assert.deepEqual(text.split('\n'), lines.slice((line ?? 0) - 10, (endLine ?? 0) - 9));
      next = (endLine ?? 0) + 1;
    }
    assert.equal(next, 50);
  });

  it('repeats the end of a chunk in the next where asked, within a section alone', () => {
    const lines = Array.from({ length: 12 }, (_, n) => `Sentence number ${n}.`);
    const blocks = [paragraph(lines.join('\n'), 1), heading(1, 'Next', 20), paragraph('Alone.', 21)];
    const chunks = chunkDocument({ blocks }, { maxTokens: 30, overlapTokens: 10 });
    for (const [at, chunk] of chunks.entries()) {
      const before = chunks[at - 1];
      if (!before || chunk.heading === 'Next') continue;
      const last = before.text.split('\n').at(-1) ?? '';
      assert.ok(chunk.text.startsWith(last), `${chunk.text} begins with ${last}`);
      assert.equal(chunk.line, before.endLine);
    }
    assert.equal(chunks.at(-1)?.text, 'Alone.');
  });

  it('gives each row of a table, and each page, chunks of its own', () => {
    const row = (text: string, line: number): DocumentBlock => ({ kind: 'row', text, line, endLine: line });
    const page = (text: string, number: number): DocumentBlock => ({ kind: 'text', text, page: number });
    assert.deepEqual(
      chunkDocument({ blocks: [row('a: 1', 2), row('a: 2', 3)] }).map(({ text, line }) => [text, line]),
      [
        ['a: 1', 2],
        ['a: 2', 3],
      ],
    );
    const pages = chunkDocument(
      { title: 'Paper', blocks: [page('one', 1), page('two', 1), page('three', 2)] },
      { by: 'fixed' },
    );
    assert.deepEqual(
      pages.map(({ text, page: own, heading: above, line }) => [text, own, above, line]),
      [
        ['one\n\ntwo', 1, 'Paper', undefined],
        ['three', 2, 'Paper', undefined],
      ],
    );
  });

  it('gives chunks that fit their schema, and none for nothing', async () => {
    const { validator, close } = await validatorOf();
    for (const chunk of chunkDocument({ blocks: handbook })) assert.deepEqual(validator(chunk), []);
    assert.deepEqual(chunkDocument({ blocks: [] }), []);
    await close();
  });

  async function validatorOf(): Promise<{
    validator: (value: unknown) => readonly unknown[];
    close(): Promise<void>;
  }> {
    let check: ((value: unknown) => readonly unknown[]) | undefined;
    const kernel = await bootTestKernel({
      plugins: [testPlugin('checks', [], (ctx) => void (check = ctx.validator(documentChunkSchema)))],
    });
    return { validator: (value) => check?.(value) ?? ['no validator'], close: () => kernel.close() };
  }
});

describe('estimateTokens', () => {
  it('counts words by their length, signs, and wide letters one by one', () => {
    for (const [text, tokens] of [
      ['', 0],
      ['a', 1],
      ['word', 1],
      ['words', 2],
      ['Hello, world!', 6],
      ['漢字 ok', 3],
      ['  \n', 0],
    ] as const)
      assert.equal(estimateTokens(text), tokens, text);
  });
});
