import type {
  Evaluation,
  EvaluationComparison,
  EvaluationDetails,
  EvaluationResult,
  EvaluationTotals,
  ScoreChange,
  ScoreTrend,
} from '@agent-factory/sdk/contracts';
import { paint, table } from '../terminal.ts';

const styles: Readonly<Record<ScoreTrend, Parameters<typeof paint>[0]>> = {
  better: 'green',
  worse: 'red',
  same: 'dim',
  added: 'yellow',
  removed: 'yellow',
};

/** What an evaluation came to, in a word. */
export function verdictOf({ state, passed }: Evaluation): string {
  if (state !== 'finished') return state;
  return passed ? paint('green', 'passed') : paint('red', 'not passed');
}

/** An evaluation with its runs, as people read it. */
export function evaluationLines(details: EvaluationDetails): readonly string[] {
  const { id, suite, version, target, runs, summary, error } = details;
  const scorers = summary.scorers.map(({ scorer, mean, threshold, passed, errors }) => [
    scorer,
    shown(mean),
    shown(threshold),
    errors > 0 ? `${errors} not judged` : passed === undefined ? '' : passed ? 'reached' : 'missed',
  ]);
  return [
    `${paint('bold', suite)} ${version} on the ${target.kind} ${target.name}: ${summary.done} of ${runs} runs judged`,
    ...details.results.flatMap(resultLines),
    ...(scorers.length > 0 ? ['', ...table([['SCORER', 'MEAN', 'THRESHOLD', ''], ...scorers])] : []),
    '',
    totalsLine(summary.totals),
    ...(error ? [`${paint('red', '✗')} ${error.message} (${error.code})`] : []),
    `${verdictOf(details)}  ${id}`,
  ];
}

/** Two evaluations side by side, as people read them. */
export function comparisonLines({ before, after, scorers, cases }: EvaluationComparison): readonly string[] {
  const row = (name: string, change: ScoreChange): readonly string[] => [
    name,
    change.scorer,
    shown(change.before),
    shown(change.after),
    paint(styles[change.trend], change.trend),
  ];
  const totals = ({ summary }: Evaluation): string => (summary ? totalsLine(summary.totals) : '');
  return [
    `${paint('bold', after.suite)}: ${before.id} → ${after.id}`,
    ...(before.targetHash === after.targetHash
      ? []
      : [`The ${after.target.kind} ${after.target.name} was changed in between.`]),
    '',
    ...table([
      ['CASE', 'SCORER', 'BEFORE', 'AFTER', ''],
      ...cases.map((one) => row(one.case, one)),
      ...scorers.map((one) => row('(all)', one)),
    ]),
    '',
    `before: ${totals(before)}`,
    `after:  ${totals(after)}`,
  ];
}

function resultLines(result: EvaluationResult): readonly string[] {
  const { outcome = 'open', scores, error, runId } = result;
  const isGood = outcome === 'succeeded' && scores.every(({ score }) => score === 1);
  const sign = isGood ? paint('green', '✔') : outcome === 'open' ? '·' : paint('red', '✗');
  const ended = outcome === 'succeeded' ? '' : `  ${outcome}`;
  return [
    `${sign} ${result.case}${result.repetition > 1 ? ` (${result.repetition})` : ''}${ended}  ${paint('dim', runId ?? '')}`.trimEnd(),
    ...(error ? [`    ${error.message} (${error.code})`] : []),
    ...scores
      .filter(({ score }) => score !== 1)
      .map(({ scorer, score, reason, error: why }) =>
        why
          ? `    ${scorer}: ${why.message} (${why.code})`
          : `    ${scorer} ${shown(score)}: ${reason ?? ''}`,
      ),
  ];
}

function totalsLine({ tokens, judgingTokens, nanoUsd, unpriced, durationMs }: EvaluationTotals): string {
  const judging = judgingTokens > 0 ? ` and ${judgingTokens} to judge` : '';
  const more = unpriced > 0 ? ` and ${unpriced} calls of unknown price` : '';
  return `${tokens} tokens${judging}, $${(nanoUsd / 1e9).toFixed(4)}${more}, ${(durationMs / 1000).toFixed(1)} s of runs`;
}

function shown(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(2);
}
