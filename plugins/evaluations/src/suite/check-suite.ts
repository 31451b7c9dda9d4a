import { isAgentFactoryError, type ValidationProblem, type Validator } from '@agent-factory/sdk';
import {
  evaluationErrors as errors,
  type Scorer,
  type TenantDefinitions,
} from '@agent-factory/sdk/contracts';
import type { EvaluationSuite } from '@agent-factory/sdk/domain';
import { scorerProblems } from './scorers.ts';

/** What a suite is checked with. */
export interface SuiteCheck {
  /** By the schema of suites. */
  readonly schema: Validator;
  readonly scorers: ReadonlyMap<string, Scorer>;
  readonly definitions: TenantDefinitions;
}

/** Everything that keeps a suite from being evaluated here. */
export async function suiteProblems(
  value: unknown,
  { schema, scorers, definitions }: SuiteCheck,
): Promise<readonly ValidationProblem[]> {
  const wrong = schema(value);
  if (wrong.length > 0) return wrong;
  const suite = value as EvaluationSuite; // as its schema says
  return [
    ...(await targetProblems(suite, definitions)),
    ...caseProblems(suite),
    ...(await scorerProblems(suite, scorers)),
  ];
}

/** AF_EVALUATION_SUITE_INVALID with every problem. */
export function invalidSuite(name: string, problems: readonly ValidationProblem[]): Error {
  const list = problems.map(({ path, message, fix }) => {
    const told = `${path === '' ? 'the suite' : path.slice(1)}: ${message.replace(/\.$/, '')}`;
    return fix === undefined ? told : `${told}. ${fix}`;
  });
  return errors.AF_EVALUATION_SUITE_INVALID({
    name,
    count: problems.length,
    list: list.join('\n'),
    problems,
  });
}

async function targetProblems(
  { target: { kind, name } }: EvaluationSuite,
  definitions: TenantDefinitions,
): Promise<readonly ValidationProblem[]> {
  try {
    await definitions.get(kind, name);
    return [];
  } catch (error) {
    if (!isAgentFactoryError(error) || error.status !== 404) throw error;
    return [{ path: '/target', message: error.message, fix: error.fix }];
  }
}

function caseProblems({ target, cases }: EvaluationSuite): readonly ValidationProblem[] {
  const names = new Set<string>();
  return cases.flatMap(({ name, input }, index) => {
    const problems: ValidationProblem[] = [];
    const path = `/cases/${index}`;
    if (names.has(name))
      problems.push({ path: `${path}/name`, message: `there are two cases named "${name}"` });
    names.add(name);
    if (target.kind !== 'workflow' && typeof input !== 'string' && !Array.isArray(input)) {
      const message = `the input of ${target.kind === 'agent' ? 'an agent' : 'a router'} is a text, or a conversation`;
      problems.push({ path: `${path}/input`, message });
    }
    return problems;
  });
}
