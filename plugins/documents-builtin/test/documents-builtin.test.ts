import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { DocumentLoader } from '@agent-factory/sdk/contracts';
import type { LoadedDocument } from '@agent-factory/sdk/domain';
import {
  bootTestKernel,
  documentLoaderSuite,
  rejectsWith,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { samplePdf } from './sample-pdf.ts';

const folder = dirname(import.meta.dirname);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const markdown = `---
title: "The handbook"
---
# Refunds

Money goes back within *14 days*.

- by card
- by transfer

Setext heading
--------------

\`\`\`sh
refund --all
\`\`\`
<!-- not for people -->

| a | b |
|---|---|
`;
const html = `<!doctype html><html><head><title>Shop &amp; more</title><style>p { color: red }</style></head>
<body><script>alert("never")</script>
<h1>Prices</h1>
<p>All in
<b>euro</b>.</p><ul><li>one<li>two</ul>
<table><tr><th>Size</th><th>Cost</th></tr><tr><td>S</td><td>5</td></tr></table>
<pre>
a = 1
b = 2
</pre></body></html>`;
const csv = 'name;price\n"Tea; green";5\n\n"two\nlines";7\nonly\n';
const samples: Readonly<Record<string, Uint8Array>> = {
  markdown: bytes(markdown),
  text: bytes('one\ntwo\n\n  three  \r\n'),
  html: bytes(html),
  csv: bytes(csv),
  pdf: samplePdf([['First page', 'goes on'], ['Second page (of 2)']], 'Two pages'),
};

describe('documents-builtin', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await bootTestKernel({
      plugins: [{ use: folder, config: { maxTextBytes: 100_000, maxPdfBytes: 100_000 } }],
    });
  });
  after(() => kernel?.close());

  const loaderOf = (name: string): DocumentLoader => {
    const found = kernel.all(DocumentLoader).find(({ value }) => value.name === name);
    assert.ok(found, name);
    return found.value;
  };
  const load = (name: string, content: Uint8Array): Promise<LoadedDocument> =>
    loaderOf(name).load(content, { source: `a.${name}`, signal: new AbortController().signal });

  for (const [name, good] of Object.entries(samples))
    describe(`the loader of ${name}`, () => {
      for (const { name: says, run } of documentLoaderSuite(async () => ({ loader: loaderOf(name), good })))
        it(says, run);
    });

  it('reads Markdown by its headings, with lines that count the front matter', async () => {
    const { title, blocks } = await load('markdown', bytes(markdown));
    assert.equal(title, 'The handbook');
    assert.deepEqual(blocks, [
      { kind: 'heading', level: 1, text: 'Refunds', line: 4, endLine: 4 },
      { kind: 'text', text: 'Money goes back within *14 days*.', line: 6, endLine: 6 },
      { kind: 'text', text: '- by card\n- by transfer', line: 8, endLine: 9 },
      { kind: 'heading', level: 2, text: 'Setext heading', line: 11, endLine: 12 },
      { kind: 'code', text: '```sh\nrefund --all\n```', line: 14, endLine: 16 },
      { kind: 'text', text: '| a | b |\n|---|---|', line: 19, endLine: 20 },
    ]);
  });

  it('reads text by its paragraphs', async () => {
    const { blocks } = await load('text', bytes('one\ntwo\n\n  three  \r\nfour'));
    assert.deepEqual(blocks, [
      { kind: 'text', text: 'one\ntwo', line: 1, endLine: 2 },
      { kind: 'text', text: '  three\nfour', line: 4, endLine: 5 },
    ]);
  });

  it('reads a page without scripts and styles', async () => {
    const { title, blocks } = await load('html', bytes(html));
    assert.equal(title, 'Shop & more');
    assert.deepEqual(
      blocks.map(({ kind, text, line }) => [kind, text, line]),
      [
        ['heading', 'Prices', 3],
        ['text', 'All in euro.', 4],
        ['text', 'one', 5],
        ['text', 'two', 5],
        ['text', 'Size | Cost', 6],
        ['text', 'S | 5', 6],
        ['code', 'a = 1\nb = 2', 8],
      ],
    );
  });

  it('reads a page whose head does not end, and takes no title of a picture for its own', async () => {
    const open = await load('html', bytes('<!doctype html><head><title>Open</title><p>Said'));
    assert.equal(open.title, 'Open');
    assert.deepEqual(
      open.blocks.map(({ text }) => text),
      ['Said'],
    );
    const picture = '<svg><title>icon</title></svg>';
    assert.equal((await load('html', bytes(`<title>Page</title>${picture}<p>x`))).title, 'Page');
    assert.equal((await load('html', bytes(`${picture}<p>x`))).title, undefined);
  });

  it('reads a table row by row, each with the names of its columns and its lines', async () => {
    const { blocks } = await load('csv', bytes(csv));
    assert.deepEqual(blocks, [
      { kind: 'row', text: 'name: Tea; green\nprice: 5', line: 2, endLine: 2 },
      { kind: 'row', text: 'name: two\nlines\nprice: 7', line: 4, endLine: 5 },
      { kind: 'row', text: 'name: only', line: 6, endLine: 6 },
    ]);
  });

  it('refuses a table whose names of columns make much of little', async () => {
    const names = Array.from({ length: 100 }, () => 'n'.repeat(500)).join(',');
    const rows = `${'1,'.repeat(99)}1\n`.repeat(200);
    const failure = await rejectsWith(load('csv', bytes(`${names}\n${rows}`)), 'AF_DOCUMENT_UNREADABLE');
    assert.match(failure.message, /1600000 characters/);
  });

  it('reads a PDF document page by page', async () => {
    const { title, blocks } = await load('pdf', samples['pdf'] ?? bytes(''));
    assert.equal(title, 'Two pages');
    assert.deepEqual(blocks, [
      { kind: 'text', text: 'First page\ngoes on', page: 1 },
      { kind: 'text', text: 'Second page (of 2)', page: 2 },
    ]);
  });

  it('says that a PDF document is none, is damaged, or has too many pages', async () => {
    await rejectsWith(load('pdf', bytes('%PDF-1.4 and nothing more')), 'AF_DOCUMENT_UNREADABLE');
    await rejectsWith(load('pdf', bytes('hello')), 'AF_DOCUMENT_UNREADABLE');
    const [small] = [{ use: folder, config: { maxPages: 1 } }];
    const other = await bootTestKernel({ plugins: [small] });
    const pdf = other.all(DocumentLoader).find(({ value }) => value.name === 'pdf')?.value;
    assert.ok(pdf);
    const two = pdf.load(samplePdf([['a'], ['b']]), {
      source: 'long.pdf',
      signal: new AbortController().signal,
    });
    assert.match((await rejectsWith(two, 'AF_DOCUMENT_UNREADABLE')).message, /2 pages/);
    await other.close();
  });

  it('refuses what is no text under the name of text, and reads old encodings', async () => {
    for (const name of ['markdown', 'text', 'html', 'csv'])
      await rejectsWith(load(name, Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1])), 'AF_DOCUMENT_BINARY');
    const latin = await load('text', Uint8Array.from([0x63, 0x61, 0x66, 0xe9]));
    assert.equal(latin.blocks[0]?.text, 'café');
    const utf16 = await load('text', Uint8Array.from([0xff, 0xfe, 0x68, 0, 0x69, 0]));
    assert.equal(utf16.blocks[0]?.text, 'hi');
  });

  it('reads deep and odd markup in little time', async () => {
    const began = process.cpuUsage();
    for (const [name, text] of [
      ['markdown', '>'.repeat(5_000)],
      ['markdown', '['.repeat(20_000)],
      ['markdown', '*a '.repeat(20_000)],
      ['html', '<div>'.repeat(20_000)],
      ['html', '<'.repeat(90_000)],
      ['html', '&#32;'.repeat(20_000)],
      ['html', `<pre>a${' '.repeat(90_000)}b`],
      ['markdown', '<!--'.repeat(25_000)],
      ['markdown', `---\ntitle: a${' '.repeat(60_000)}b\n---\n`],
      ['csv', `a,b\n${'"'.repeat(50_001)}`],
    ] as const)
      await load(name, bytes(text)).catch((error: unknown) =>
        assert.match(String(error), /AF_DOCUMENT|cannot be read/),
      );
    assert.ok(process.cpuUsage(began).user < 20_000_000, 'microseconds of processor time');
  });
});
