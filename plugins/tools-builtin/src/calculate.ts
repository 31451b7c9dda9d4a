import type { Tool } from '@agent-factory/sdk/contracts';
import { evaluateExpression, maxExpressionLength } from './evaluate-expression.ts';

/** The tool `calculate`: arithmetic, exact where it can be. */
export function createCalculate(): Tool {
  return {
    name: 'calculate',
    description:
      'Calculates an arithmetic expression exactly. Use it for every calculation: sums, percentages, powers, ' +
      'roots, logarithms. Example: "12 * (3 + 4)" or "15% of 80".',
    input: {
      type: 'object',
      properties: {
        expression: {
          type: 'string',
          minLength: 1,
          maxLength: maxExpressionLength,
          description:
            'Numbers (1234.5, 1,234.5, 1e6), + - * / % ^ and parentheses, percentages (15% of 80), the constants ' +
            'pi and e, and the functions sqrt, abs, round(x, digits), floor, ceil, min, max, ln, log10, exp, sin, ' +
            'cos, tan (radians).',
          examples: ['12 * (3 + 4)', '15% of 80', 'sqrt(2) ^ 3'],
        },
      },
      required: ['expression'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        expression: { type: 'string', description: 'The expression as given.' },
        result: {
          type: ['number', 'string'],
          description: 'The result; whole numbers beyond 2^53 come as text, digit for digit.',
        },
      },
      required: ['expression', 'result'],
      additionalProperties: false,
    },
    effect: 'pure',
    timeoutMs: 5000,
    async run(input, { signal }) {
      signal.throwIfAborted();
      const { expression } = input as { expression: string }; // as the schema says
      return { expression, result: evaluateExpression(expression) };
    },
  };
}
