import type {
  EvaluationComparison,
  EvaluationDetails,
  EvaluationResult,
  ScoreChange,
} from '@agent-factory/sdk/contracts';
import { meanOf } from './summarize.ts';

/** Means that differ by less are the same: they are sums of doubles. */
const slack = 1e-9;

/** Two evaluations side by side: over all runs, and case by case. */
export function compare(before: EvaluationDetails, after: EvaluationDetails): EvaluationComparison {
  const scorers = unique([before, after].flatMap(({ summary }) => summary.scorers.map((one) => one.scorer)));
  const cases = unique([before, after].flatMap(({ results }) => results.map((one) => one.case)));
  const of = (name: string, { results }: EvaluationDetails): readonly EvaluationResult[] =>
    results.filter((one) => one.case === name);
  return {
    before: withoutResults(before),
    after: withoutResults(after),
    scorers: scorers.map((scorer) => change(scorer, before.results, after.results)),
    cases: cases.flatMap((name) =>
      scorers.flatMap((scorer) => {
        const changed = change(scorer, of(name, before), of(name, after));
        const isThere = changed.before !== undefined || changed.after !== undefined;
        return isThere ? [{ case: name, ...changed }] : [];
      }),
    ),
  };
}

function change(
  scorer: string,
  was: readonly EvaluationResult[],
  is: readonly EvaluationResult[],
): ScoreChange {
  const [before, after] = [meanOf(scorer, was), meanOf(scorer, is)];
  return {
    scorer,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    trend: trendOf(before, after),
  };
}

function trendOf(before: number | undefined, after: number | undefined): ScoreChange['trend'] {
  if (after === undefined) return before === undefined ? 'same' : 'removed';
  if (before === undefined) return 'added';
  if (Math.abs(after - before) < slack) return 'same';
  return after > before ? 'better' : 'worse';
}

function withoutResults({
  results: _results,
  ...evaluation
}: EvaluationDetails): EvaluationComparison['before'] {
  return evaluation;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
