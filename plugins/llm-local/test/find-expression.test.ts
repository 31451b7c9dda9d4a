import assert from 'node:assert/strict';
import { findExpression } from '../src/find-expression.ts';

describe('llm-local, finding a sum', () => {
  const found: [message: string, expression: string][] = [
    ['What is 12 * (3 + 4)?', '12 * (3 + 4)'],
    ['2+2', '2+2'],
    ['Calculate -3 - -4.', '-3 - -4'],
    ['How much is 1,234.5 / 2?', '1,234.5 / 2'],
    ['15 percent of 80', '15 % of 80'],
    ['what is 3 x 4', '3 * 4'],
    ['7 squared plus 2', '7 ^2 + 2'],
    ['10 divided by 4', '10 / 4'],
    ['sqrt(16) + max(1, 2)', 'sqrt(16) + max(1, 2)'],
    ['the square root of 2 times 3', 'sqrt(2) * 3'],
    ['2 * pi * 5 please', '2 * pi * 5'],
    ['(1 + 2) * 3) is odd', '(1 + 2) * 3'],
  ];
  for (const [message, expression] of found) {
    it(`in "${message}"`, () => assert.equal(findExpression(message)?.value, expression));
  }

  for (const message of [
    'Is 2026-01-31 a Saturday?',
    'open 24/7',
    'version 1.2.3',
    'port 7070',
    '(see below)',
    'https://a.example/1-2',
    'C++ or C',
    'on 3/4/2026',
  ]) {
    it(`but not in "${message}"`, () => assert.equal(findExpression(message), undefined));
  }
});
