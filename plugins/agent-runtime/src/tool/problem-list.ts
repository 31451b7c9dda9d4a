import type { ValidationProblem } from '@agent-factory/sdk';

const mostProblems = 10;

/** Problems in one line, for a model or a person. */
export function listed(problems: readonly ValidationProblem[]): string {
  return problems
    .slice(0, mostProblems)
    .map(
      ({ path, message, fix }) =>
        `${path.slice(1) || 'it'} ${message}${fix === undefined ? '' : ` (${fix})`}`,
    )
    .join('; ');
}
