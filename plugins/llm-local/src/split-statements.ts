/** A sentence, list item, table row or listing of a document: the smallest thing that is quoted. */
export interface Statement {
  readonly text: string;
  readonly kind: 'sentence' | 'item' | 'row' | 'listing';
  /** Lines below the first line of the text it was taken from. */
  readonly line: number;
}

/** Nobody quotes more; what is longer is no sentence. */
const longest = 2000;
const abbreviation = /(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|fig|dr|mr|mrs|ms|st|inc)|\b\p{Lu})\.$/iu;

/** Splits Markdown or plain text; headings, rules and images are left out. */
export function splitStatements(text: string): Statement[] {
  const statements: Statement[] = [];
  const lines = text.split('\n');
  let header: readonly string[] | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trim();
    const next = (lines[at + 1] ?? '').trim();
    const fence = /^(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      const end = lines.findIndex((other, n) => n > at && other.trim().startsWith(fence));
      const last = end < 0 ? lines.length : end;
      const listing = lines.slice(at, last + 1).join('\n');
      if (last > at + 1) statements.push({ text: listing, kind: 'listing', line: at });
      at = last;
    } else if (/^\|?[\s:|-]*-{3}[\s:|-]*$/.test(line) || /^(?:#{1,6}\s|={3,}$|!\[|<!--)/.test(line)) {
      continue;
    } else if (line.startsWith('|')) {
      if (/^\|[\s:|-]+\|$/.test(next)) header = cellsOf(line);
      else statements.push({ text: rowText(cellsOf(line), header), kind: 'row', line: at });
    } else if (line !== '' && !/^[=-]{3,}$/.test(next)) {
      let block = line;
      const first = at;
      const starts = [0];
      while (goesOn(lines[at + 1])) {
        at += 1;
        starts.push(block.length + 1);
        block += ` ${(lines[at] ?? '').trim()}`;
      }
      const item = /^(?:[-*+]|\d+[.)])\s+/.exec(block);
      const kind = item ? 'item' : 'sentence';
      for (const { text: sentence, at: place } of sentencesOf(block)) {
        const lineOf = starts.filter((start) => start <= place).length - 1;
        const clean = inline(item && place === 0 ? sentence.slice(item[0].length) : sentence);
        if (clean !== '') statements.push({ text: clean, kind, line: first + lineOf });
      }
    }
    if (!line.startsWith('|')) header = undefined;
  }
  return statements;
}

/** Whether a line belongs to the paragraph before it. */
function goesOn(line: string | undefined): boolean {
  const text = line?.trim() ?? '';
  return text !== '' && !/^(?:[-*+]\s|\d+[.)]\s|#{1,6}\s|\||`{3}|~{3}|!\[)/.test(text);
}

function sentencesOf(block: string): { readonly text: string; readonly at: number }[] {
  const sentences: { text: string; at: number }[] = [];
  let from = 0;
  for (const match of block.matchAll(/[.!?…]["”')\]*_`]*\s+(?=["“'([*_`]*[\p{Lu}\p{N}`*[])/gu)) {
    const end = match.index + match[0].length;
    if (abbreviation.test(block.slice(from, match.index + 1)) || /^\d+\.\s*$/.test(block.slice(from, end)))
      continue;
    sentences.push({ text: block.slice(from, end).trim(), at: from });
    from = end;
  }
  if (block.slice(from).trim() !== '') sentences.push({ text: block.slice(from).trim(), at: from });
  return sentences;
}

function cellsOf(row: string): string[] {
  return row
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => inline(cell.replaceAll('\\|', '|')));
}

/** "port: 7070 (Default), where the API listens": the first cell names the row. */
function rowText(cells: readonly string[], header: readonly string[] | undefined): string {
  const [name = '', ...rest] = cells;
  const values = rest.flatMap((cell, n) => {
    const label = header?.[n + 1] ?? '';
    if (cell === '') return [];
    return label !== '' && cell.split(' ').length <= 3 ? [`${label.toLowerCase()} ${cell}`] : [cell];
  });
  return values.length > 0 ? `${name}: ${values.join('; ')}` : name;
}

const tags =
  'a|abbr|b|br|code|details|div|em|h[1-6]|hr|i|img|kbd|li|ol|p|picture|source|span|strong|sub|summary|sup|u|ul';
const htmlTag = new RegExp(`</?(?:${tags})(?:\\s[^>]*)?/?>`, 'gi');

/** Takes Markdown's marks out; code stays as it is. */
function inline(text: string): string {
  return text
    .slice(0, longest)
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .split(/(`+[^`]*`+)/)
    .map((part) => (part.startsWith('`') ? part : withoutMarks(part)))
    .join('')
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/\[([^\]]+)\]\([^)\s]*(?:\s+"[^"]*")?\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

function withoutMarks(text: string): string {
  return text.replace(htmlTag, '').replace(/(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])/g, '$1');
}
