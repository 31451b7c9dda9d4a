import type { DocumentBlock, LoadedDocument } from '@agent-factory/sdk/domain';
import { Parser } from 'htmlparser2';

/** Elements whose content nobody reads where they stand; that of a title is the page's. */
const dropped = new Set('script style template noscript svg iframe textarea select object title'.split(' '));
/** Elements that end what was said before them, and whose own end does too. */
const separate = new Set(
  (
    'address article aside blockquote body dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 ' +
    'header hr html li main nav ol p pre section summary table tbody thead tfoot tr ul caption details'
  ).split(' '),
);

/** Elements inside each other; each one more costs the library all that are open. */
const mostOpen = 5_000;

/** A web page as a person reads it: headings, paragraphs, items, rows, listings. Takes any text, however broken. */
export function readHtml(html: string): LoadedDocument {
  const blocks: DocumentBlock[] = [];
  const lineAt = lineCounter(html);
  let title = '';
  // Texts come in many small pieces: what was said is looked at whole only when it ends.
  let said = '';
  let isBlank = true;
  let begin = 1;
  let open = 0;
  let level = 0;
  let listing = 0;
  let skipped = 0;
  let inTitle = false;

  const end = (line: number): void => {
    const text = listing > 0 ? said.replace(/^\n+/, '').trimEnd() : said.replace(/\s+/g, ' ').trim();
    if (text !== '') {
      const place = { line: begin, endLine: Math.max(begin, line) };
      if (level > 0) blocks.push({ kind: 'heading', level, text, ...place });
      else blocks.push({ kind: listing > 0 ? 'code' : 'text', text, ...place });
    }
    said = '';
    isBlank = true;
  };
  const parser = new Parser(
    {
      onopentagname(name) {
        if (++open > mostOpen) throw new Error(`more than ${mostOpen} elements stand inside each other`);
        if (name === 'title' && skipped === 0) inTitle = true;
        if (dropped.has(name)) skipped++;
        if (skipped > 0) return;
        const line = lineAt(parser.startIndex);
        if (separate.has(name)) end(line);
        if (/^h[1-6]$/.test(name)) level = Number(name.charAt(1));
        if (name === 'pre') listing++;
        if (name === 'br') said += listing > 0 ? '\n' : ' ';
        if ((name === 'td' || name === 'th') && !isBlank) said += ' | ';
      },
      ontext(text) {
        if (inTitle) title += text;
        if (skipped > 0) return;
        if (isBlank && text.trim() !== '') {
          isBlank = false;
          said = listing > 0 ? said : '';
          const blank = text.length - text.trimStart().length;
          begin = lineAt(parser.startIndex + blank);
        }
        said += text;
      },
      onclosetag(name) {
        open--;
        if (name === 'title') inTitle = false;
        if (dropped.has(name)) skipped = Math.max(0, skipped - 1);
        if (skipped > 0) return;
        if (separate.has(name)) end(lineAt(parser.startIndex));
        if (/^h[1-6]$/.test(name)) level = 0;
        if (name === 'pre') listing = Math.max(0, listing - 1);
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.end(html);
  end(lineAt(html.length));
  const named = title.replace(/\s+/g, ' ').trim();
  return { ...(named !== '' && { title: named }), blocks };
}

/** The line of a place, from 1; asked for in rising order it goes through the text once. */
function lineCounter(text: string): (index: number) => number {
  const endAfter = (start: number): number => {
    const end = text.indexOf('\n', start);
    return end < 0 ? Infinity : end;
  };
  let [line, start, end] = [1, 0, endAfter(0)];
  return (index) => {
    if (index < start) [line, start, end] = [1, 0, endAfter(0)];
    while (end < index) {
      line++;
      start = end + 1;
      end = endAfter(start);
    }
    return line;
  };
}
