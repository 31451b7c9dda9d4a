import { scorerErrors, type CaseScore, type ScoredRun } from '@agent-factory/sdk/contracts';
import { failureOf } from '../failure.ts';
import type { ReadyScorer } from '../suite/scorers.ts';
import type { JudgingServices } from './judging-services.ts';

/**
 * What each scorer says of a run. What cannot be judged is an error and no zero; a run without an answer is a zero where
 * answers are judged.
 */
export async function scoreRun(
  scorers: readonly ReadyScorer[],
  subject: ScoredRun,
  services: JudgingServices,
): Promise<readonly CaseScore[]> {
  const scores: CaseScore[] = [];
  for (const { name, prepared } of scorers) {
    const { run } = subject;
    if (prepared.judges === 'answers' && run.status !== 'succeeded') {
      const why = run.error ? `: ${run.error.message}` : '.';
      scores.push({ scorer: name, score: 0, reason: `There is no answer, the run is ${run.status}${why}` });
      continue;
    }
    try {
      const { score, reason } = await prepared.score(subject, services);
      if (!(score >= 0 && score <= 1)) {
        const problem = `${String(score)} is no score from 0 to 1`;
        throw scorerErrors.AF_SCORER_FAILED({ name, reason: problem });
      }
      scores.push({ scorer: name, score, reason });
    } catch (error) {
      services.signal.throwIfAborted();
      const describe = (reason: string): ReturnType<typeof scorerErrors.AF_SCORER_FAILED> =>
        scorerErrors.AF_SCORER_FAILED({ name, reason });
      scores.push({ scorer: name, error: failureOf(error, describe) });
    }
  }
  return scores;
}
