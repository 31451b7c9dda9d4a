import { extname } from 'node:path';
import { headingLine, textLine, type DocumentLine } from './document-line.ts';
import { readHtml } from './read-html.ts';
import { readMarkdown } from './read-markdown.ts';

/** The text of a file's bytes, or `undefined` when they are no text. UTF-8, UTF-16 by its mark, else windows-1252. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.subarray(0, 8192).includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Reads a document by its file's extension. */
export function readDocument(file: string, text: string): readonly DocumentLine[] {
  const extension = extname(file).slice(1).toLowerCase();
  if (extension === 'html' || extension === 'htm') return readHtml(text).lines;
  const source = text.split(/\r\n|\n|\r/);
  switch (extension) {
    case 'md':
    case 'mdx':
    case 'markdown':
      return readMarkdown(source);
    case 'adoc':
    case 'rst':
    case 'txt':
      return readPlain(source, extension === 'adoc');
    case 'csv':
      return readTable(source);
    case 'yaml':
    case 'yml':
      return readYaml(source);
    default:
      return source.map((line, index) => textLine(index + 1, line));
  }
}

/** Prose whose headings are underlined (reStructuredText, plain text) or begin with `=` (AsciiDoc). */
function readPlain(source: readonly string[], marked: boolean): readonly DocumentLine[] {
  const lines: DocumentLine[] = [];
  const levels: string[] = []; // reStructuredText: a line's character gets its level where it first appears
  for (const [index, text] of source.entries()) {
    const mark = marked ? /^(={1,6}) +(\S.*)$/.exec(text) : undefined;
    const rule = /^([=\-~^"'`#*+.:_])\1{2,}\s*$/.exec(text)?.[1];
    const before = lines.at(-1);
    if (mark) {
      lines.push(headingLine(index + 1, mark[2] ?? '', mark[1]?.length ?? 1));
    } else if (rule !== undefined && before?.kind === 'text' && isTitle(before.text, text)) {
      if (!levels.includes(rule)) levels.push(rule);
      lines.pop();
      lines.push(headingLine(index, before.text.trim(), levels.indexOf(rule) + 1, index + 1));
    } else {
      lines.push(textLine(index + 1, rule === undefined ? text : ''));
    }
  }
  return lines;
}

function isTitle(text: string, rule: string): boolean {
  const length = text.trim().length;
  return length > 0 && length <= rule.trimEnd().length + 2 && rule.trimEnd().length <= length + 2;
}

/** The header row titles all the others, so that a row is found by the names of its columns. */
function readTable(source: readonly string[]): readonly DocumentLine[] {
  return source.map((line, index) => (index === 0 ? headingLine(1, line, 1) : textLine(index + 1, line)));
}

/** Each top-level key begins a section, and stays part of its text. */
function readYaml(source: readonly string[]): readonly DocumentLine[] {
  return source.flatMap((line, index) => {
    const key = /^([\w.-]+):(?:\s|$)/.exec(line)?.[1];
    const text = textLine(index + 1, line);
    return key === undefined ? [text] : [headingLine(index + 1, key, 1), text];
  });
}
