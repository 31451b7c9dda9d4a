import { errors } from './errors.ts';
import {
  add,
  compare,
  divide,
  exact,
  multiply,
  negate,
  power,
  remainder,
  toNumber,
  toResult,
  type Value,
} from './exact-number.ts';
import { tokenize, type Token } from './expression-tokens.ts';
import { mathConstants, mathFunctions } from './math-functions.ts';

/** Longest expression, in characters; it bounds the steps too. */
export const maxExpressionLength = 1000;
const maxDepth = 100;
const example = '12 * (3 + 4), 15% of 80, sqrt(2) ^ 3';

interface Operand {
  readonly value: Value;
  /** Written as `15%`: added to another number it is that share of it. */
  readonly percent: boolean;
}

/**
 * Calculates an expression. Precedence from loose to tight: `+ -`, `* / %`, sign, `^` (from the right),
 * percent. `%` is the remainder before a number, a name or a parenthesis, and percent anywhere else.
 */
export function evaluateExpression(expression: string): number | string {
  if (expression.length > maxExpressionLength) {
    throw invalid(maxExpressionLength, `it is longer than ${maxExpressionLength} characters`);
  }
  const tokens = tokenize(expression);
  const end = tokens.at(-1) ?? { kind: 'end' as const, text: '', value: 0, position: 1 };
  let index = 0;
  let depth = 0;
  const peek = (ahead = 0): Token => tokens[index + ahead] ?? end;
  const takeSign = (...texts: readonly string[]): Token | undefined => {
    const token = peek();
    const wanted = token.kind === 'sign' || token.text === 'of' || token.text === 'mod';
    if (!wanted || !texts.includes(token.text)) return undefined;
    index++;
    return token;
  };

  function sum(): Operand {
    let left = product();
    for (let sign = takeSign('+', '-'); sign; sign = takeSign('+', '-')) {
      const right = product();
      const amount = right.percent && !left.percent ? multiply(left.value, right.value) : right.value;
      const value = add(left.value, sign.text === '+' ? amount : negate(amount));
      left = { value: checked(value, sign), percent: left.percent && right.percent };
    }
    return left;
  }

  function product(): Operand {
    let left = signed();
    for (;;) {
      const sign = takeSign('*', '/', '%', 'of', 'mod');
      if (!sign) return left;
      const right = signed().value;
      const divides = sign.text === '/' || sign.text === '%' || sign.text === 'mod';
      if (divides && compare(right, 0) === 0) throw undefinedAt(sign, 'division by zero');
      const combine = sign.text === '/' ? divide : divides ? remainder : multiply;
      left = { value: checked(combine(left.value, right), sign), percent: false };
    }
  }

  function signed(): Operand {
    if (++depth > maxDepth) throw invalid(peek().position, `it is nested more than ${maxDepth} deep`);
    const sign = takeSign('-', '+');
    const operand = sign ? signed() : raised();
    depth--;
    return sign?.text === '-' ? { ...operand, value: negate(operand.value) } : operand;
  }

  function raised(): Operand {
    const base = percentage();
    const sign = takeSign('^');
    if (!sign) return base;
    const exponent = signed().value;
    if (compare(base.value, 0) === 0 && compare(exponent, 0) < 0) {
      throw undefinedAt(sign, 'zero to a negative power');
    }
    return { value: checked(power(base.value, exponent), sign), percent: false };
  }

  function percentage(): Operand {
    const value = primary();
    const next = peek(1);
    const isRemainder =
      next.kind === 'number' || next.text === '(' || (next.kind === 'name' && !isWord(next));
    if (peek().kind !== 'sign' || peek().text !== '%' || isRemainder) return { value, percent: false };
    index++;
    return { value: divide(value, exact(100n)), percent: true };
  }

  function primary(): Value {
    const token = peek();
    index++;
    if (token.kind === 'number') return checked(token.value, token);
    if (token.kind === 'name') return named(token);
    if (token.text === '(') {
      const { value } = sum();
      close(token);
      return value;
    }
    throw invalid(
      token.position,
      token.kind === 'end' ? 'a number is missing' : `a number is expected, not "${token.text}"`,
    );
  }

  function named(token: Token): Value {
    const constant = mathConstants.get(token.text);
    if (constant !== undefined) return constant;
    const called = mathFunctions.get(token.text);
    if (!called) {
      const known = [...mathFunctions.keys(), ...mathConstants.keys()].join(', ');
      throw invalid(token.position, `"${token.text}" is not known; there are ${known}`);
    }
    if (!takeSign('(')) throw invalid(token.position, `${token.text} needs parentheses: ${token.text}(2)`);
    const args: [Value, ...Value[]] = [sum().value];
    while (takeSign(',')) args.push(sum().value);
    close(token);
    const [fewest, most] = called.takes;
    if (args.length < fewest || args.length > most) {
      const count = most === 1 ? 'one number' : `${fewest} to ${most} numbers`;
      throw invalid(token.position, `${token.text} takes ${count}, not ${args.length}`);
    }
    return checked(called.apply(...args), token);
  }

  function close(opened: Token): void {
    if (takeSign(')')) return;
    const found = peek();
    const reason =
      found.kind === 'end' ? 'a ")" is missing' : `a ")" or an operator is missing before "${found.text}"`;
    throw invalid(found.position, `${reason}, for the parenthesis after character ${opened.position}`);
  }

  if (peek().kind === 'end') throw invalid(1, 'it is empty');
  const { value } = sum();
  const rest = peek();
  if (rest.kind !== 'end') {
    const reason =
      rest.text === ','
        ? 'a comma groups thousands (1,234) or separates arguments'
        : 'an operator is missing';
    throw invalid(rest.position, `${reason} before "${rest.text}"`);
  }
  return toResult(value);
}

function isWord(token: Token): boolean {
  return token.text === 'of' || token.text === 'mod';
}

function checked(value: Value, token: Token): Value {
  const number = toNumber(value);
  if (Number.isNaN(number)) throw undefinedAt(token, `${token.text} has no real result for these numbers`);
  if (typeof value === 'number' && !Number.isFinite(number))
    throw undefinedAt(token, 'the result is too large');
  return value;
}

function invalid(position: number, reason: string): Error {
  return errors.AF_TOOLS_BUILTIN_EXPRESSION_INVALID({ position, reason, example });
}

function undefinedAt(token: Token, reason: string): Error {
  return errors.AF_TOOLS_BUILTIN_EXPRESSION_UNDEFINED({ position: token.position, reason });
}
