import MarkdownIt from 'markdown-it';
import { html, trustedHtml, type Html } from '@agent-factory/sdk';

/** Characters of a text that are rendered; the rest is left out, and said to be. */
const most = 96 * 1024;
/** With more of these, working out what belongs together takes the parser longer than the text is worth. */
const mostBrackets = 2_000;
const firstHeading = 3;

const markdown = createRenderer();

/**
 * Markdown as HTML that cannot do anything: no HTML of the author's, no pictures from elsewhere (they would tell their
 * server who reads the page), links to web addresses and within the page only.
 */
export function renderMarkdown(text: string): Html {
  const short = text.slice(0, most);
  const brackets = short.match(/[[\]!*_`<]/g)?.length ?? 0;
  const shown =
    brackets > mostBrackets
      ? html`<pre>${short}</pre>`
      : trustedHtml(markdown.render(short, { seen: new Set() }));
  return text.length > most
    ? html`${shown}
        <p class="quiet">The text goes on; it is cut here.</p>`
    : shown;
}

function createRenderer(): MarkdownIt {
  const made = new MarkdownIt('commonmark', { html: false, linkify: false }).enable([
    'table',
    'strikethrough',
  ]);
  made.validateLink = (link) => /^(https?:\/\/|mailto:|#)/i.test(link.trim());
  const { rules } = made.renderer;
  // The page has a heading of its own, and a plugin's readme begins below it.
  const level = (tag: string): string => `h${Math.min(6, Number(tag.slice(1)) + firstHeading - 1)}`;
  rules['heading_open'] = (tokens, at) => `<${level(tokens[at]?.tag ?? 'h1')}>`;
  rules['heading_close'] = (tokens, at) => `</${level(tokens[at]?.tag ?? 'h1')}>\n`;
  rules['image'] = (tokens, at) => {
    const token = tokens[at];
    const source = String(token?.attrGet('src') ?? '');
    const label = token?.content || 'picture';
    return /^https?:\/\//i.test(source)
      ? html`<a href="${source}" rel="nofollow noopener ugc">${label} (picture)</a>`.text
      : html`${label}`.text;
  };
  // The policy of the page admits no style of an element's own.
  rules['th_open'] = rules['td_open'] = (tokens, at) => {
    const tag = tokens[at]?.tag ?? 'td';
    const [, side] = /^text-align:(left|center|right)$/.exec(tokens[at]?.attrGet('style') ?? '') ?? [];
    return side === undefined ? `<${tag}>` : `<${tag} class="${side}">`;
  };
  rules['link_open'] = (tokens, at, options, _env, self) => {
    const token = tokens[at];
    if (!token?.attrGet('href')?.startsWith('#')) token?.attrSet('rel', 'nofollow noopener ugc');
    return self.renderToken(tokens, at, options);
  };
  return made;
}
