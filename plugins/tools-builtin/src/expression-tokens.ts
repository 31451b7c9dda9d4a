import { errors } from './errors.ts';
import { parseNumber, type Value } from './exact-number.ts';

/** One word of an expression. */
export interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  /** Signs in their plain form: `×` is `*`, `**` is `^`. */
  readonly text: string;
  /** Of numbers. */
  readonly value: Value;
  /** Where it begins, from 1. */
  readonly position: number;
}

const grouped = /\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?(?:e[+-]?\d+)?/iy;
const plain = /(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy;
const name = /[a-z]+\d*/iy;
const signs: Readonly<Record<string, string>> = {
  '+': '+',
  '-': '-',
  '−': '-',
  '–': '-',
  '*': '*',
  '**': '^',
  '×': '*',
  '·': '*',
  '/': '/',
  '÷': '/',
  '%': '%',
  '^': '^',
  '(': '(',
  ')': ')',
  ',': ',',
};

/** Takes an expression apart. A comma groups thousands (`1,234`), except between the arguments of a function. */
export function tokenize(expression: string): readonly Token[] {
  const text = expression.replace(/[\s=?]+$/, '');
  const tokens: Token[] = [];
  const calls: boolean[] = []; // for each open parenthesis, whether it holds a function's arguments
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: Token['kind'], found: string, plainText: string, value: Value = 0): void => {
    tokens.push({ kind, text: plainText, value, position: at + 1 });
    at += found.length;
  };
  while (at < text.length) {
    const character = text[at] ?? '';
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    const number = (calls.at(-1) ? undefined : take(grouped)) ?? take(plain);
    if (number !== undefined) {
      push('number', number, number, parseNumber(number.replaceAll(',', '')));
      continue;
    }
    const word = character === 'π' ? 'pi' : take(name);
    if (word !== undefined) {
      push('name', character === 'π' ? character : word, word.toLowerCase());
      continue;
    }
    const found = text.startsWith('**', at) ? '**' : character;
    const sign = Object.hasOwn(signs, found) ? signs[found] : undefined;
    if (sign === undefined) {
      throw errors.AF_TOOLS_BUILTIN_EXPRESSION_INVALID({
        position: at + 1,
        reason: `"${String.fromCodePoint(text.codePointAt(at) ?? 0)}" means nothing here`,
        example: '12 * (3 + 4)',
      });
    }
    if (sign === '(') calls.push(tokens.at(-1)?.kind === 'name' && tokens.at(-1)?.text !== 'of');
    if (sign === ')') calls.pop();
    push('sign', found, sign);
  }
  push('end', '', '');
  return tokens;
}
