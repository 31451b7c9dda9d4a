import assert from 'node:assert/strict';
import { evaluateExpression } from '../src/evaluate-expression.ts';

const results: Readonly<Record<string, number | string>> = {
  '12 * (3 + 4)': 84,
  '2+2 =': 4,
  '0.1 + 0.2': 0.3,
  '0.1 + 0.2 - 0.3': 0,
  '1/3': 0.333333333333,
  '1/3*3': 1,
  '98765432101.37 * 1': 98765432101.37,
  '1,234.5 * 2': 2469,
  '.5 + 1.': 1.5,
  '1e3 + 2.5E-1': 1000.25,
  '7 ÷ 2 × 4': 14,
  '-2^2': -4,
  '2^-2': 0.25,
  '2^3^2': 512,
  '2**10': 1024,
  '0^0': 1,
  '7 % 3': 1,
  '-7 % 3': -1,
  '10 mod -3': 1,
  '7.5 % 2': 1.5,
  '15% of 80': 12,
  '20% of 15% of 1,000': 30,
  '200 + 10%': 220,
  '200 - 10% * 1': 199.9,
  '10% + 5%': 0.15,
  '5%': 0.05,
  '(1 + 2)% * 100': 3,
  '2^200': '1606938044258990275541962092341162602522202993782792835301376',
  '9007199254740993 + 0': '9007199254740993',
  '10^400 / 10^399': 10,
  'sqrt(16) + abs(-3)': 7,
  'sqrt(2) * sqrt(2)': 2,
  'round(2.675, 2)': 2.68,
  'round(-2.5)': -3,
  'round(123456, -3)': 123000,
  'floor(-1.5) + ceil(1.2)': 0,
  'max(1, 2.5, -3) + min(4, 3)': 5.5,
  'max(1,234)': 234,
  'max((1,234), 2)': 1234,
  'ln(e) + log10(1000) + exp(0)': 5,
  'sin(pi)': 0,
  'cos(π)': -1,
  'tan(pi / 4)': 1,
  PI: 3.14159265359,
};

const refused: Readonly<Record<string, RegExp>> = {
  '': /character 1: it is empty/,
  '1 +': /character 4: a number is missing/,
  '(1 + 2': /character 7: a "\)" is missing, for the parenthesis after character 1/,
  '1 + )': /character 5: a number is expected, not "\)"/,
  '2 (3)': /character 3: an operator is missing before "\("/,
  '1,23': /character 2: a comma groups thousands/,
  'log(3)': /character 1: "log" is not known; there are sqrt, /,
  'constructor(1)': /"constructor" is not known/,
  'process.exit()': /means nothing here/,
  '5 $': /character 3: "\$" means nothing here/,
  'sqrt 4': /sqrt needs parentheses/,
  'sqrt(1, 2)': /sqrt takes one number, not 2/,
  [`${'('.repeat(200)}1${')'.repeat(200)}`]: /nested more than 100 deep/,
  [`${'-'.repeat(900)}1`]: /nested more than 100 deep/,
  [`1${'+1'.repeat(600)}`]: /longer than 1000 characters/,
};

const withoutResult: Readonly<Record<string, RegExp>> = {
  '1 / (2 - 2)': /character 3: division by zero/,
  '5 % 0 + 1 mod 0': /character 3: division by zero/,
  'sqrt(-1)': /sqrt has no real result/,
  '(-8)^(1/3)': /\^ has no real result/,
  '0^-1': /zero to a negative power/,
  '9^9^9': /too large/,
  'exp(1000)': /too large/,
};

describe('calculate', () => {
  for (const [expression, result] of Object.entries(results)) {
    it(`gives ${String(result).slice(0, 20)} for ${expression}`, () => {
      assert.equal(evaluateExpression(expression), result);
    });
  }

  for (const [expression, message] of Object.entries(refused)) {
    it(`says what is wrong with "${expression.slice(0, 20)}"`, () => {
      assert.throws(() => evaluateExpression(expression), {
        code: 'AF_TOOLS_BUILTIN_EXPRESSION_INVALID',
        message,
      });
    });
  }

  for (const [expression, message] of Object.entries(withoutResult)) {
    it(`says why ${expression} has no result`, () => {
      assert.throws(() => evaluateExpression(expression), {
        code: 'AF_TOOLS_BUILTIN_EXPRESSION_UNDEFINED',
        message,
      });
    });
  }
});
