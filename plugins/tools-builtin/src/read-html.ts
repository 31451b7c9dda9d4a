import { codeLine, textLine, type DocumentLine } from './document-line.ts';
import { decodeEntities } from './html-entities.ts';

/** An HTML page as readable lines. */
export interface HtmlDocument {
  readonly title?: string;
  readonly lines: readonly DocumentLine[];
}

/** Elements whose content nobody reads. */
const dropped = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'svg',
  'iframe',
  'textarea',
  'select',
  'title',
]);
/** Elements that begin a line of their own; a `true` one is a paragraph of its own. */
const blocks: ReadonlyMap<string, boolean> = new Map([
  ...['br', 'li', 'tr', 'dt', 'dd', 'option', 'caption'].map((name) => [name, false] as const),
  ...(
    'address article aside blockquote body details div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 ' +
    'header hr html head main nav ol p pre section summary table tbody thead tfoot ul'
  )
    .split(' ')
    .map((name) => [name, true] as const),
]);
const tag = /^<(\/?)([a-z][a-z\d-]*)/i;

/**
 * Reads a page the way a person would: title, headings, paragraphs, list items, table rows and listings;
 * scripts and styles are left out. Takes any text, however broken, in time proportional to its length.
 */
export function readHtml(html: string): HtmlDocument {
  const lower = html.toLowerCase();
  const gathered = gatherLines();
  const endOfTag = tagEnds(html);
  let title: string | undefined;
  let at = 0;

  while (at < html.length) {
    const open = nextMarkup(html, at);
    if (open > at) gathered.add(html.slice(at, open));
    at = open;
    if (at >= html.length) break;
    const [, slash, found = ''] = tag.exec(html.slice(at, at + 64)) ?? [];
    const name = found.toLowerCase();
    const close = html.startsWith('<!--', at) ? after(html, '-->', at + 4) : endOfTag(at);
    if (close === -1) {
      gathered.add('<');
      at++;
      continue;
    }
    gathered.skip(html, at, close);
    at = close;
    if (slash === '' && dropped.has(name) && html[close - 2] !== '/') {
      const end = lower.indexOf(`</${name}`, at);
      const content = html.slice(at, end === -1 ? html.length : end);
      if (name === 'title') title ??= decodeEntities(content.slice(0, 1000)).replace(/\s+/g, ' ').trim();
      gathered.skip(html, at, at + content.length);
      at += content.length;
    } else if (name !== '') {
      gathered.tag(name, slash === '/');
    }
  }
  gathered.end();
  return { ...(title && { title }), lines: gathered.lines };
}

/** Gathers text and tags, in the file's order, into lines. */
function gatherLines() {
  const lines: DocumentLine[] = [];
  let line = 1; // of the file, where reading stands
  let pieces: string[] = []; // of the line being gathered
  let [filled, spaced] = [false, true]; // whether it holds words, whether it ends with a space
  let [start, end] = [1, 1];
  let level = 0; // of the heading being gathered, 0 outside
  let listing = 0; // how many <pre> are open

  const put = (text: string): void => {
    pieces.push(text);
    spaced = text.endsWith(' ');
  };
  const flush = (paragraph: boolean): void => {
    const text = listing ? pieces.join('').trimEnd() : pieces.join('').trim();
    if (filled) {
      const kind = listing ? 'code' : level ? 'heading' : 'text';
      lines.push({ number: start, endNumber: end, text, kind, level });
    }
    pieces = [];
    [filled, spaced] = [false, true];
    if (paragraph && lines.length > 0 && lines.at(-1)?.text !== '') lines.push(textLine(line, ''));
  };
  const addWords = (raw: string): void => {
    const shown = decodeEntities(raw);
    const words = listing ? shown.replaceAll('\r', '') : shown.replace(/\s+/g, ' ');
    if (words.trim() !== '') {
      if (!filled) start = line;
      end = line;
      filled = true;
    } else if (spaced && !listing) {
      return;
    }
    put(spaced && !listing ? words.trimStart() : words);
  };

  return {
    lines,
    end: (): void => flush(false),
    add(raw: string): void {
      for (const [index, piece] of raw.split('\n').entries()) {
        if (index > 0) {
          if (listing && !filled && lines.at(-1)?.kind === 'code') lines.push(codeLine(line, ''));
          if (listing) flush(false);
          else if (!spaced) put(' ');
          line++;
        }
        if (piece !== '') addWords(piece);
      }
    },
    /** Counts the lines of what is left out. */
    skip(html: string, from: number, to: number): void {
      const left = html.slice(from, to); // searching the whole page from here would read it to its end
      for (let next = left.indexOf('\n'); next !== -1; next = left.indexOf('\n', next + 1)) line++;
    },
    tag(name: string, closing: boolean): void {
      const paragraph = blocks.get(name);
      if (paragraph !== undefined) flush(paragraph);
      if (/^h[1-6]$/.test(name)) level = closing ? 0 : Number(name[1]);
      else if (name === 'pre') listing = Math.max(0, listing + (closing ? -1 : 1));
      else if (name === 'li' && !closing) put('- ');
      else if ((name === 'td' || name === 'th') && !closing && filled) put(' | ');
    },
  };
}

/** Where the next tag or comment may begin; the end when there is none. */
function nextMarkup(html: string, from: number): number {
  for (let at = html.indexOf('<', from); at !== -1; at = html.indexOf('<', at + 1)) {
    if (/[a-z!?/]/i.test(html[at + 1] ?? '')) return at;
  }
  return html.length;
}

function after(html: string, text: string, from: number): number {
  const found = html.indexOf(text, from);
  return found === -1 ? html.length : found + text.length;
}

/** The page as plain text, headings marked as in Markdown. */
export function htmlToText(lines: readonly DocumentLine[]): string {
  const shown = lines.map(({ kind, level, text }) =>
    kind === 'heading' ? `${'#'.repeat(level)} ${text}` : text,
  );
  return shown.join('\n').trim();
}

/**
 * A function that finds where the tag beginning at `at` ends; -1 for a broken one. A `>` inside a quoted
 * attribute does not end it. Pages made to be slow exhaust `budget`; from there on the first `>` ends a tag.
 */
function tagEnds(html: string): (at: number) => number {
  const lastEnd = html.lastIndexOf('>');
  let budget = 4 * html.length;
  return (at) => {
    if (at > lastEnd) return -1;
    let index = at + 1;
    for (; budget > 0 && index < html.length; index++) {
      const character = html[index];
      if (character === '>') return index + 1;
      if (character === '<') return -1;
      if ((character === '"' || character === "'") && /[=\s]/.test(html[index - 1] ?? '')) {
        const close = html.indexOf(character, index + 1);
        if (close === -1) break;
        budget -= close - index;
        index = close;
      }
      budget--;
    }
    return html.indexOf('>', at) + 1;
  };
}
