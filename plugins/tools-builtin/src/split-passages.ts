import type { DocumentLine } from './document-line.ts';

/** A piece of a document that is found and cited by itself. */
export interface Passage {
  /** First and last line of the file, from 1. */
  readonly line: number;
  readonly endLine: number;
  /** The headings above it, outermost first. */
  readonly headings: readonly string[];
  readonly text: string;
}

/** Raised when the same file would be split differently, so that indexes are built anew. */
export const splitterVersion = 1;

const enoughWords = 80;
const mostWords = 200;
const mostCharacters = 1200;

/** Lines that stay together: a paragraph, a list, a listing. */
interface Block {
  readonly lines: DocumentLine[];
  words: number;
  characters: number;
}

/**
 * Splits a document into passages of about 80 to 200 words, at headings and paragraphs; a passage never spans
 * two sections, and a listing is kept whole.
 */
export function splitPassages(lines: readonly DocumentLine[]): readonly Passage[] {
  const passages: Passage[] = [];
  const headings: { text: string; level: number; line: DocumentLine; used: boolean }[] = [];
  let section: Block[] = [];
  const endSection = (): void => {
    const path = headings.map((heading) => heading.text).filter((text) => text !== '');
    for (const group of packBlocks(section)) passages.push(passageOf(group, path));
    if (section.length > 0) for (const heading of headings) heading.used = true;
    section = [];
  };
  const leaveHeadings = (level: number): void => {
    endSection();
    while ((headings.at(-1)?.level ?? 0) >= level) {
      const ended = headings.pop();
      if (!ended || ended.used || ended.text === '') continue;
      // A heading with nothing under it still says something.
      const path = [...headings.map((heading) => heading.text), ended.text];
      passages.push({
        line: ended.line.number,
        endLine: ended.line.endNumber,
        headings: path,
        text: ended.text,
      });
      for (const heading of headings) heading.used = true;
    }
  };
  for (const line of lines) {
    if (line.kind === 'heading') {
      leaveHeadings(line.level);
      headings.push({ text: line.text, level: line.level, line, used: false });
    } else {
      addLine(section, line);
    }
  }
  leaveHeadings(1);
  return passages;
}

/** Adds a line to the last block, or begins a new one. */
function addLine(section: Block[], line: DocumentLine): void {
  const last = section.at(-1);
  const tail = last?.lines.at(-1);
  const blank = line.text.trim() === '';
  if (blank && line.kind === 'text') {
    if (last && tail?.text !== '') section.push(newBlock());
    return;
  }
  for (const part of breakLine(line)) {
    const current = section.at(-1);
    const kind = current?.lines[0]?.kind ?? part.kind;
    const words = countWords(part.text);
    const full =
      current !== undefined &&
      part.kind === 'text' &&
      (current.words + words > mostWords || current.characters + part.text.length >= mostCharacters);
    const block = !current || kind !== part.kind || full ? newBlock() : current;
    if (block !== current) section.push(block);
    block.lines.push(part);
    block.words += words;
    block.characters += part.text.length + 1;
  }
}

function newBlock(): Block {
  return { lines: [], words: 0, characters: 0 };
}

/** Puts neighbouring blocks together until there are enough words. */
function packBlocks(blocks: readonly Block[]): readonly DocumentLine[][] {
  const groups: DocumentLine[][] = [];
  let [words, characters] = [0, 0];
  for (const block of blocks.filter((each) => each.lines.length > 0)) {
    const group = groups.at(-1);
    const fits = words + block.words <= mostWords && characters + block.characters <= mostCharacters;
    if (group && fits && words < enoughWords) {
      group.push(...block.lines);
      words += block.words;
      characters += block.characters + 1;
    } else {
      groups.push([...block.lines]);
      words = block.words;
      characters = block.characters;
    }
  }
  return groups;
}

function passageOf(lines: readonly DocumentLine[], headings: readonly string[]): Passage {
  const line = lines[0]?.number ?? 1;
  let text = '';
  let at = line;
  for (const each of lines) {
    // Empty lines stay, so that a line of the text is a line of the file.
    text += text === '' ? each.text : '\n'.repeat(Math.max(1, each.number - at)) + each.text;
    at = each.number;
  }
  return { line, endLine: lines.at(-1)?.endNumber ?? line, headings, text };
}

/** A line too long for a passage is broken between sentences, or between words. */
function breakLine(line: DocumentLine): readonly DocumentLine[] {
  if (line.kind === 'code' || (line.text.length <= mostCharacters && countWords(line.text) <= mostWords))
    return [line];
  const parts: DocumentLine[] = [];
  let rest = line.text.trim();
  while (rest.length > mostCharacters - 200) {
    const head = rest.slice(0, mostCharacters - 200);
    const sentence = Math.max(head.lastIndexOf('. '), head.lastIndexOf('? '), head.lastIndexOf('! '));
    const cut =
      sentence > 200 ? sentence + 1 : head.lastIndexOf(' ') > 200 ? head.lastIndexOf(' ') : head.length;
    parts.push({ ...line, text: rest.slice(0, cut) });
    rest = rest.slice(cut).trimStart();
  }
  if (rest !== '') parts.push({ ...line, text: rest });
  return parts;
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
