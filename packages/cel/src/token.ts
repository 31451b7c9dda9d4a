import { CelIssue, unsupported } from './cel-issue.ts';
import { readString } from './read-string.ts';

/** A piece of an expression's text. */
export interface Token {
  readonly kind: 'name' | 'quoted' | 'int' | 'double' | 'string' | 'sign' | 'end';
  /** As written; of a string and of a quoted name, what it stands for. */
  readonly text: string;
  readonly at: number;
}

const space = /[\t\n\f\r ]+|\/\/[^\n\r]*/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?[uU]?/y;
const sign = /&&|\|\||==|!=|<=|>=|[-+*/%!<>()[\]{}.,?:]/y;
const quoted = /`([A-Za-z0-9_./ -]+)`/y;
const stringStart = /([rRbB]{0,2})("""|'''|"|')/y;

/** Splits a text into tokens; the last one is `end`. */
export function readTokens(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  while (at < source.length) {
    const gap = match(space);
    if (gap) {
      at += gap[0].length;
      continue;
    }
    const opened = match(stringStart);
    if (opened) {
      const [, prefix = '', quote = '"'] = opened;
      if (/b/i.test(prefix)) throw unsupported('Bytes', at, 'Use a text.');
      const read = readString(source, at + opened[0].length, quote, prefix !== '');
      tokens.push({ kind: 'string', text: read.text, at });
      at = read.end;
      continue;
    }
    const token = one(match, at);
    tokens.push(token);
    at += token.kind === 'quoted' ? token.text.length + 2 : token.text.length;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function one(match: (pattern: RegExp) => RegExpExecArray | null, at: number): Token {
  const digits = match(number);
  if (digits) {
    const [text] = digits;
    if (/u$/i.test(text)) throw unsupported('Unsigned numbers', at, 'Leave the "u" out.');
    return { kind: /^0x/i.test(text) || /^\d+$/.test(text) ? 'int' : 'double', text, at };
  }
  const named = match(name);
  if (named) return { kind: 'name', text: named[0], at };
  const inTicks = match(quoted);
  if (inTicks) return { kind: 'quoted', text: inTicks[1] ?? '', at };
  const signed = match(sign);
  if (signed) return { kind: 'sign', text: signed[0], at };
  throw strange(match(/[^]/uy)?.[0] ?? '', at);
}

function strange(character: string, at: number): CelIssue {
  const mend: Readonly<Record<string, string>> = {
    '=': 'Compare with "==".',
    '&': 'Write "&&" for "and".',
    '|': 'Write "||" for "or".',
    ';': 'Write one expression, without ";".',
  };
  const shown = JSON.stringify(character);
  return new CelIssue(
    `${shown} cannot be read here`,
    at,
    mend[character] ?? 'Take it out, or put it in quotes.',
  );
}
