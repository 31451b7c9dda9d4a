import assert from 'node:assert/strict';
import { renderMarkdown } from '../src/pages/render-markdown.ts';
import { payloads } from './fixtures/payloads.ts';
import { dangers } from './support/dangers.ts';

/** The tags that the renderer writes, each with the attributes that it gives them, and no others. */
const written = new RegExp(
  [
    '</?(?:p|em|strong|s|code|pre|ul|ol|li|blockquote|table|thead|tbody|tr|th|td|h[3-6])>',
    '<(?:br|hr) />',
    '<ol start="\\d+">',
    '<t[hd] class="(?:left|center|right)">',
    '<code class="language-[^"<>]*">',
    '<a href="(?:https?:|mailto:|#)[^"<>]*"(?: title="[^"<>]*")?(?: rel="nofollow noopener ugc")?>',
    '</a>',
  ].join('|'),
  'gi',
);

describe('markdown of strangers', () => {
  for (const [category, texts] of Object.entries(payloads)) {
    it(`renders as nothing that runs: ${category}, ${texts.length} of them`, () => {
      for (const text of texts) {
        // As it is, and where markdown reads it in another way.
        for (const around of [text, `a ${text} b`, `- ${text}`, `> ${text}\n\n${text}`, `**${text}**`]) {
          const { text: rendered } = renderMarkdown(around);
          assert.deepEqual(dangers(rendered), [], around);
          assert.doesNotMatch(rendered.replace(written, ''), /</, `${around}\n${rendered}`);
        }
      }
    });
  }

  it('is tried in many ways, each in one alone', () => {
    const all = Object.values(payloads).flat();
    assert.ok(all.length >= 180, `${all.length}`);
    assert.equal(new Set(all).size, all.length);
  });

  it('keeps what people write: code, tables, links, what is aligned', () => {
    const { text } = renderMarkdown(
      '# Use\n\n| a | b |\n|:-:|--:|\n| `x` | [y](https://example.org "z") |\n\n```js\n1 < 2\n```\n\n3. <me@example.org>',
    );
    for (const part of [
      '<h3>Use</h3>',
      '<th class="center">a</th>',
      '<td class="right"><a href="https://example.org" title="z" rel="nofollow noopener ugc">y</a></td>',
      '<pre><code class="language-js">1 &lt; 2\n</code></pre>',
      '<ol start="3">',
      '<a href="mailto:me@example.org" rel="nofollow noopener ugc">me@example.org</a>',
    ])
      assert.ok(text.includes(part), `${part}\n${text}`);
    assert.equal(text.replace(written, '').includes('<'), false);
  });
});
