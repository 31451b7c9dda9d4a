import assert from 'node:assert/strict';
import { decodeText, readDocument } from '../src/read-document.ts';
import { splitPassages, type Passage } from '../src/split-passages.ts';

const split = (file: string, text: string): readonly Passage[] => splitPassages(readDocument(file, text));
const words = (count: number): string => Array.from({ length: count }, (_, at) => `word${at}`).join(' ');
const outline = (passages: readonly Passage[]): unknown =>
  passages.map(({ headings, line, endLine }) => [headings.join(' > '), line, endLine]);

describe('splitPassages', () => {
  it('titles passages with the headings above them', () => {
    const text = '# A\n\nintro\n\n## B `code` #\n\nb\n\n### C\n\nc\n\n## [D](x.md)\n\nd\n\nE\n===\n\ne';
    assert.deepEqual(outline(split('x.md', text)), [
      ['A', 3, 3],
      ['A > B code', 7, 7],
      ['A > B code > C', 11, 11],
      ['A > D', 15, 15],
      ['E', 20, 20],
    ]);
  });

  it('puts short paragraphs together and parts long ones, between 80 and 200 words', () => {
    const text = Array.from({ length: 12 }, () => words(30)).join('\n\n');
    for (const { text: found } of split('x.txt', text)) {
      const count = found.split(/\s+/).length;
      assert.ok(count >= 80 && count <= 200, `${count} words`);
    }
    const long = split('x.txt', `${words(60)}. `.repeat(20));
    assert.ok(long.length > 1 && long.every((passage) => passage.text.length <= 1200 && passage.line === 1));
  });

  it('gives each line of a passage the number it has in the file', () => {
    const text = `# A\n\none\ntwo\n\n- three\n- four\n\n\n\`\`\`js\n# no heading\n\nfive();\n\`\`\`\n\nsix`;
    const lines = text.split('\n');
    for (const { line, endLine, text: found } of split('x.md', text)) {
      for (const [at, shown] of found.split('\n').entries()) assert.equal(shown, lines[line - 1 + at]);
      assert.equal(endLine, line + found.split('\n').length - 1);
    }
  });

  it('keeps a listing whole, however long', () => {
    const listing = `\`\`\`\n${`${words(20)}\n\n`.repeat(40)}\`\`\``;
    const passages = split('x.md', `before\n\n${listing}\n\nafter`);
    assert.ok(passages.some(({ text }) => text.includes(listing)));
  });

  it('leaves out front matter and comments', () => {
    const passages = split('x.md', '---\ntitle: hidden\n---\n<!-- hidden\nhidden -->\nseen');
    assert.deepEqual(
      passages.map(({ text, line }) => [text, line]),
      [['seen', 6]],
    );
  });

  it('keeps a heading that has nothing under it', () => {
    assert.deepEqual(outline(split('x.md', '# A\n\n## B\n\n## C\n\nc\n')), [
      ['A > B', 3, 3],
      ['A > C', 7, 7],
    ]);
    assert.deepEqual(outline(split('x.md', '# Only a title')), [['Only a title', 1, 1]]);
  });

  it('knows the headings of text, AsciiDoc, reStructuredText, YAML and tables', () => {
    assert.deepEqual(outline(split('x.txt', 'Title\n-----\n\ntext')), [['Title', 4, 4]]);
    assert.deepEqual(outline(split('x.adoc', '= A\n\n== B\n\nb')), [['A > B', 5, 5]]);
    assert.deepEqual(outline(split('x.rst', 'A\n===\n\nB\n---\n\nb\n\nC\n===\n\nc')), [
      ['A > B', 7, 7],
      ['C', 12, 12],
    ]);
    assert.deepEqual(outline(split('x.yaml', 'server:\n  port: 1\nlog: info')), [
      ['server', 1, 2],
      ['log', 3, 3],
    ]);
    assert.deepEqual(outline(split('x.csv', 'name,price\na,1\nb,2')), [['name,price', 2, 3]]);
  });

  it('reads UTF-8, UTF-16 and windows-1252, and knows bytes that are no text', () => {
    assert.equal(decodeText(Buffer.from('\u{FEFF}café')), 'café');
    assert.equal(decodeText(Buffer.from('\u{FEFF}café', 'utf16le')), 'café');
    assert.equal(decodeText(Buffer.from('café', 'latin1')), 'café');
    assert.equal(decodeText(Buffer.from([0x89, 0x50, 0, 1])), undefined);
  });
});
