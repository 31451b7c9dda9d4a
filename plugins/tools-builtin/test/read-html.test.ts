import assert from 'node:assert/strict';
import { htmlToText, readHtml } from '../src/read-html.ts';

const textOf = (html: string): string => htmlToText(readHtml(html).lines);

describe('readHtml', () => {
  it('keeps title, headings, paragraphs, lists, tables and listings', () => {
    const html =
      '<head><title>A &amp; B</title></head><h1>Main\ntitle</h1><p>First <b>para</b>graph\ngoes <a href="x?a>b">on</a>.</p>' +
      '<ul><li>one</li><li>two</li></ul><table><tr><th>a</th><th>b</th></tr><tr><td>1<td>2</table><pre>x\n  y\n\nz</pre>';
    assert.equal(readHtml(html).title, 'A & B');
    const text = '# Main title\n\nFirst paragraph goes on.\n\n- one\n- two\n\na | b\n1 | 2\n\nx\n  y\n\nz';
    assert.equal(textOf(html), text);
  });

  it('leaves out scripts, styles and comments, also unclosed ones', () => {
    assert.equal(textOf('a<script>if (x < 1) "</p>"</script>b<style>c</style><!-- d -->e'), 'abe');
    assert.equal(textOf('seen<script>hidden'), 'seen');
    assert.equal(textOf('seen<!-- hidden'), 'seen');
  });

  it('decodes entities by name and number, and keeps what is none', () => {
    assert.equal(
      textOf('&eacute;&#233;&#xE9;&nbsp;&euro;&#128;&mdash;&unknown; AT&T &#0;&#xD800;'),
      'ééé €€—&unknown; AT&T \u{FFFD}\u{FFFD}',
    );
  });

  it('takes signs that begin no tag as text', () => {
    assert.equal(textOf('3 < 4 & 5 > 2, a <- b'), '3 < 4 & 5 > 2, a <- b');
  });

  it('knows the lines of the file', () => {
    const { lines } = readHtml('<h1>One</h1>\n<!--\n-->\n<p>Two\nthree</p>\n<p>\nFour');
    const seen = lines
      .filter(({ text }) => text !== '')
      .map(({ number, endNumber, text }) => [number, endNumber, text]);
    assert.deepEqual(seen, [
      [1, 1, 'One'],
      [4, 5, 'Two three'],
      [7, 7, 'Four'],
    ]);
  });

  it('reads any text, however broken, without doing the same work twice', () => {
    const pieces = [
      '<',
      '<a ',
      '<a "',
      '<a \'>"',
      '<a href="',
      '<!--',
      '</',
      '<script>',
      '<pre>',
      '&#',
      '<p>\n',
      ' ',
    ];
    for (const piece of pieces) assert.ok(textOf(piece.repeat(20_000)).length >= 0, piece);
  });
});
