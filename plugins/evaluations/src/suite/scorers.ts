import { isAgentFactoryError, type ValidationProblem } from '@agent-factory/sdk';
import type { PreparedScorer, Scorer } from '@agent-factory/sdk/contracts';
import type { EvaluationScorer, EvaluationSuite } from '@agent-factory/sdk/domain';
import { reasonOf } from '../failure.ts';

/** A scorer of a suite, ready to judge. */
export interface ReadyScorer {
  /** As the suite names it. */
  readonly name: string;
  readonly threshold?: number;
  readonly prepared: PreparedScorer;
}

/** The name of a scorer in its suite. */
export function scorerName({ use, name = use }: EvaluationScorer): string {
  return name;
}

/** Makes the scorers of a suite ready; throws what the first wrong one says. */
export async function prepareScorers(
  { scorers = [] }: EvaluationSuite,
  known: ReadonlyMap<string, Scorer>,
): Promise<readonly ReadyScorer[]> {
  return Promise.all(
    scorers.map(async (one) => {
      const scorer = known.get(one.use);
      if (!scorer) throw new Error(`no active plugin offers the scorer "${one.use}"`);
      const prepared = await scorer.prepare(one.config ?? {});
      const { threshold } = one;
      return { name: scorerName(one), prepared, ...(threshold !== undefined && { threshold }) };
    }),
  );
}

/** What is wrong with the scorers of a suite, and with cases that lack what they need. */
export async function scorerProblems(
  { scorers = [], cases }: EvaluationSuite,
  known: ReadonlyMap<string, Scorer>,
): Promise<readonly ValidationProblem[]> {
  const problems: ValidationProblem[] = [];
  const names = new Set<string>();
  for (const [index, one] of scorers.entries()) {
    const path = `/scorers/${index}`;
    const name = scorerName(one);
    if (names.has(name)) {
      const message = `there are two scorers named "${name}"`;
      problems.push({ path, message, fix: 'Give one of them another "name".' });
    }
    names.add(name);
    const scorer = known.get(one.use);
    if (!scorer) {
      const there = known.size === 0 ? 'there is none' : `there are: ${[...known.keys()].join(', ')}`;
      const message = `no active plugin offers the scorer "${one.use}" (${there})`;
      problems.push({ path: `${path}/use`, message });
      continue;
    }
    try {
      const { needsExpected = false } = await scorer.prepare(one.config ?? {});
      const lacking = cases.findIndex(({ expected }) => needsExpected && expected === undefined);
      if (lacking >= 0) {
        const message = `the scorer "${name}" needs to know what is expected`;
        problems.push({ path: `/cases/${lacking}`, message, fix: 'Give each case an "expected".' });
      }
    } catch (error) {
      const fix = isAgentFactoryError(error) ? { fix: error.fix } : {};
      problems.push({ path: `${path}/config`, message: reasonOf(error), ...fix });
    }
  }
  return problems;
}
