import { codeLine, headingLine, textLine, type DocumentLine } from './document-line.ts';

/**
 * Reads Markdown (CommonMark's block structure, as far as searching needs it): headings of both kinds, fenced
 * code, front matter and comments.
 */
export function readMarkdown(source: readonly string[]): readonly DocumentLine[] {
  const lines: DocumentLine[] = [];
  let fence: string | undefined;
  let comment = false;
  for (let index = endOfFrontMatter(source); index < source.length; index++) {
    const text = source[index] ?? '';
    const number = index + 1;
    if (fence !== undefined) {
      lines.push(codeLine(number, text));
      if (closes(text, fence)) fence = undefined;
      continue;
    }
    if (comment || /^\s*<!--/.test(text)) {
      comment = !text.includes('-->');
      lines.push(textLine(number, ''));
      continue;
    }
    const opened = /^ {0,3}(?:[-*+>] +|\d+[.)] +)?\s*(`{3,}|~{3,})/.exec(text)?.[1];
    const heading = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/.exec(text);
    const underline = /^ {0,3}(=+|-+)[ \t]*$/.exec(text)?.[1];
    const before = lines.at(-1);
    if (opened !== undefined && !text.trim().slice(opened.length).includes('`')) {
      fence = opened;
      lines.push(codeLine(number, text));
    } else if (heading) {
      lines.push(headingLine(number, plainText(heading[2] ?? ''), heading[1]?.length ?? 1));
    } else if (underline !== undefined && before?.kind === 'text' && canBeHeading(before.text)) {
      lines.pop();
      lines.push(headingLine(number - 1, plainText(before.text), underline.startsWith('=') ? 1 : 2, number));
    } else {
      lines.push(textLine(number, text));
    }
  }
  return lines;
}

/** A heading without its markup: links, code and emphasis give their text. */
function plainText(heading: string): string {
  return heading
    .replace(/!?\[([^\][]*)\]\([^()]*\)/g, '$1')
    .replace(/[`*]+|<[^<>]*>|\s*\{#[^{}]*\}$/g, '')
    .trim();
}

function canBeHeading(text: string): boolean {
  return text.trim() !== '' && !/^\s*(?:[-*+>|]|\d+[.)])/.test(text) && !text.includes('|');
}

function closes(text: string, fence: string): boolean {
  const trimmed = text.trim().replace(/^>\s*/, '');
  return trimmed.length >= fence.length && trimmed === (fence[0] ?? '').repeat(trimmed.length);
}

/** Index of the first line after YAML front matter; 0 when there is none. */
function endOfFrontMatter(source: readonly string[]): number {
  if (source[0]?.trimEnd() !== '---') return 0;
  const end = source.findIndex((line, index) => index > 0 && /^(?:---|\.\.\.)\s*$/.test(line));
  return end === -1 ? 0 : end + 1;
}
