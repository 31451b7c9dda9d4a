import { conditionErrors } from './condition-evaluator-errors.ts';

/**
 * For evaluators whose conditions are data: AF_CONDITION_INVALID for what stands at `path`, a JSON Pointer; `''` is the
 * condition itself.
 */
export function invalidCondition(evaluator: string, path: string, problem: string, mend: string): Error {
  const where = path === '' ? '' : ` of ${path}`;
  return conditionErrors.AF_CONDITION_INVALID({
    evaluator,
    line: 1,
    column: 1,
    offset: 0,
    path,
    where,
    problem,
    mend,
  });
}

/** For evaluators: the same error with the option at `index` in front of its path; any other error as it is. */
export function atOption(error: unknown, index: number): unknown {
  const { code, details } = Object(error) as { code?: unknown; details?: Readonly<Record<string, unknown>> };
  if (code !== 'AF_CONDITION_INVALID' || details === undefined) return error;
  const inside = typeof details['path'] === 'string' ? details['path'] : '';
  const path = `/${index}/condition${inside}`;
  // details are those of the same code, so every name its texts need is there
  const moved = { ...details, path, where: ` of ${path}` } as unknown as Parameters<
    typeof conditionErrors.AF_CONDITION_INVALID
  >[0];
  return conditionErrors.AF_CONDITION_INVALID(moved, { cause: error });
}
