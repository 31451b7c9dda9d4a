import { stem } from './stem.ts';

/** A word of a text and where it stands. */
export interface Word {
  readonly text: string;
  readonly stem: string;
  readonly start: number;
  readonly end: number;
}

/** Words that say nothing of what is asked about. */
const stopWords: ReadonlySet<string> = new Set(
  (
    'a an the and or but if of in on at to for from by with without about into onto over under between through during ' +
    'is are was were be been being am do does did doing done have has had having can could will would shall should ' +
    'may might must i me my mine we us our ours you your yours he him his she hers her it its they them their this ' +
    'that these those there here what which who whom whose when where why how as than then so such no not yes very ' +
    'just also only too please tell show give know want like explain describe let say says said mean means meant ' +
    'thing things way ways hi hello hey thanks thank thx ok okay right well much many long often far old some any all ' +
    'each every other another one ones s t d ll re ve m don doesn isn aren wasn didn won question answer exactly ' +
    'actually really get got gets work works working according possible wonder help need needs go goes going after before while'
  ).split(' '),
);

/** Words that say little. */
const weakWords: ReadonlySet<string> = new Set(
  'use used uses using make makes made happen happens happened exist exists set find see default new first name called call kind type part main'
    .split(' ')
    .map(stem),
);

/** Every word of a text; `apiKey` and `read_file` are two words each. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    let start = match.index;
    for (const part of splitCamel(match[0])) {
      words.push({ text: part, stem: stem(part), start, end: start + part.length });
      start += part.length;
    }
  }
  return words;
}

/** The words of a text that say what it is about. */
export function contentWords(text: string): Word[] {
  return wordsOf(text).filter(({ text: word }) => !stopWords.has(word.toLowerCase()));
}

/** How much a word says: from 0 to 1. */
export function weightOf(word: { readonly stem: string }): number {
  return weakWords.has(word.stem) ? 0.35 : 1;
}

function splitCamel(word: string): string[] {
  return /^\p{Ll}+(?:\p{Lu}\p{Ll}+)+$/u.test(word) ? word.split(/(?=\p{Lu})/u) : [word];
}
