import type {
  CaseOutcome,
  EvaluationResult,
  EvaluationSummary,
  EvaluationTotals,
  ScorerSummary,
} from '@agent-factory/sdk/contracts';
import type { EvaluationSuite } from '@agent-factory/sdk/domain';
import { scorerName } from '../suite/scorers.ts';

/** Sums of doubles: a mean of 0.1, 0.2 and 0.3 has to reach a threshold of 0.2. */
const slack = 1e-9;

/** An evaluation in numbers. */
export function summarize(suite: EvaluationSuite, results: readonly EvaluationResult[]): EvaluationSummary {
  const done = results.filter(({ outcome }) => outcome !== undefined);
  const outcomes: Partial<Record<CaseOutcome, number>> = {};
  for (const { outcome } of done) if (outcome) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    done: done.length,
    outcomes,
    scorers: (suite.scorers ?? []).map((one) => scorerSummary(scorerName(one), one.threshold, done)),
    totals: totalsOf(done),
  };
}

/** The gate: what an evaluation that came to its end is worth. */
export function isPassed({ scorers, outcomes, done }: EvaluationSummary): boolean {
  if ((outcomes.error ?? 0) > 0 || scorers.some(({ errors }) => errors > 0)) return false;
  const gates = scorers.filter(({ threshold }) => threshold !== undefined);
  return gates.length > 0 ? gates.every(({ passed }) => passed === true) : outcomes.succeeded === done;
}

/** The mean of a scorer; `undefined` where it judged nothing. */
export function meanOf(scorer: string, results: readonly EvaluationResult[]): number | undefined {
  const scores = results.flatMap(({ scores: all }) =>
    all.flatMap((one) => (one.scorer === scorer && one.score !== undefined ? [one.score] : [])),
  );
  return scores.length === 0 ? undefined : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function scorerSummary(
  scorer: string,
  threshold: number | undefined,
  done: readonly EvaluationResult[],
): ScorerSummary {
  const mean = meanOf(scorer, done);
  const errors = done.filter(({ scores }) =>
    scores.some((one) => one.scorer === scorer && one.error !== undefined),
  );
  return {
    scorer,
    ...(mean !== undefined && { mean }),
    ...(threshold !== undefined && { threshold, passed: mean !== undefined && mean + slack >= threshold }),
    errors: errors.length,
  };
}

function totalsOf(done: readonly EvaluationResult[]): EvaluationTotals {
  const sum = (of: (result: EvaluationResult) => number | undefined): number =>
    done.reduce((all, result) => all + (of(result) ?? 0), 0);
  return {
    tokens: sum(({ usage }) => usage && usage.inputTokens + usage.outputTokens),
    judgingTokens: sum(({ judging }) => judging && judging.inputTokens + judging.outputTokens),
    nanoUsd: sum(({ cost }) => cost?.nanoUsd),
    unpriced: sum(({ cost }) => cost?.unpriced),
    durationMs: sum(({ durationMs }) => durationMs),
  };
}
