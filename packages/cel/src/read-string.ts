import { CelIssue } from './cel-issue.ts';

const simple: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};
const coded = /[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})/y;

/**
 * Reads a string whose opening quote has been read.
 *
 * @param from where its content begins
 * @param quote what ends it: one quote or three
 * @param raw whether a backslash stands for itself
 * @returns what it stands for, and where the text goes on
 */
export function readString(
  source: string,
  from: number,
  quote: string,
  raw: boolean,
): { readonly text: string; readonly end: number } {
  let text = '';
  let at = from;
  while (at < source.length) {
    if (source.startsWith(quote, at)) return { text, end: at + quote.length };
    const character = source[at] ?? '';
    if (quote.length === 1 && /[\n\r]/.test(character)) break;
    if (character !== '\\' || raw) {
      text += character;
      at += 1;
      continue;
    }
    const read = readEscape(source, at);
    text += read.text;
    at = read.end;
  }
  const end = quote.length === 1 ? 'on the same line ' : '';
  throw new CelIssue('The text does not end', from - quote.length, `Close it ${end}with ${quote}.`);
}

function readEscape(source: string, at: number): { readonly text: string; readonly end: number } {
  const next = source[at + 1] ?? '';
  const plain = Object.hasOwn(simple, next) ? simple[next] : undefined;
  if (plain !== undefined) return { text: plain, end: at + 2 };
  coded.lastIndex = at + 1;
  const found = coded.exec(source);
  if (found) {
    const [all, two, four, eight, octal] = found;
    const code = octal === undefined ? parseInt(two ?? four ?? eight ?? '', 16) : parseInt(octal, 8);
    const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    if (isCharacter) return { text: String.fromCodePoint(code), end: at + 1 + all.length };
  }
  throw new CelIssue(
    `"\\${next}" stands for no character`,
    at,
    'Write "\\\\" for a backslash, or put r in front of the text: r"\\d+".',
  );
}
