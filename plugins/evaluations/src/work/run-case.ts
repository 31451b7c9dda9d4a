import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import {
  evaluationErrors as errors,
  followRun,
  type CaseOutcome,
  type RunRequest,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import type { EvaluationCase, EvaluationSuite, Run, RunFailure } from '@agent-factory/sdk/domain';
import { failureOf } from '../failure.ts';
import type { KeptResult, Verdict } from '../store/result-rows.ts';
import type { ReadyScorer } from '../suite/scorers.ts';
import { createJudgingServices, type JudgingParts } from './judging-services.ts';
import { eventsWithin } from './run-events.ts';
import { scoreRun } from './score-run.ts';

/** What the runs of one evaluation have in common. */
export interface CaseParts extends JudgingParts {
  readonly evaluationId: string;
  readonly suite: EvaluationSuite;
  readonly scorers: readonly ReadyScorer[];
  readonly runs: TenantRuntime;
  readonly timeoutMs: number;
  /** Writes which run it is; false when the evaluation is over. */
  started(position: number, runId: string): Promise<boolean>;
}

/** What came of a case, and of which run. */
export interface JudgedCase {
  readonly verdict: Verdict;
  /** Left out where it could not be started. */
  readonly runId?: string;
}

/** Why runs are cancelled; their journals tell it. */
const reasons = {
  waits: 'It waits for somebody, which an evaluation does not.',
  late: 'It took longer than a case of an evaluation may.',
  over: 'The evaluation was cancelled.',
} as const;

/**
 * Makes the run of a case and judges it. A run that was begun before is waited for: its id was kept, or the key of its
 * start finds it. Throws what may be gone by the next time; `undefined` when the evaluation is over.
 */
export async function runCase(result: KeptResult, parts: CaseParts): Promise<JudgedCase | undefined> {
  const { suite, runs, signal } = parts;
  const one = suite.cases.find(({ name }) => name === result.case);
  if (!one) throw new Error(`the case "${result.case}" is not in its suite`);
  const begun = await begin(result, one, parts);
  if ('failure' in begun) return { verdict: { outcome: 'error', scores: [], error: begun.failure } };
  const { runId } = begun;
  if (!(await parts.started(result.position, runId))) {
    await runs.cancel(runId, reasons.over);
    return undefined;
  }
  const { run, isLate } = await settled(runId, parts);
  signal.throwIfAborted();
  const services = createJudgingServices(parts);
  let events: ReturnType<typeof eventsWithin> | undefined;
  const scores = await scoreRun(
    parts.scorers,
    { case: one, run, events: () => (events ??= eventsWithin(runs, runId, signal)) },
    services,
  );
  const judging = services.used();
  const { usage, cost, createdAt, startedAt = createdAt, endedAt } = run;
  const error = isLate
    ? failureOf(errors.AF_EVALUATION_CASE_TIMED_OUT({ ms: parts.timeoutMs }), asIs)
    : run.error;
  const verdict: Verdict = {
    outcome: isLate ? 'timed-out' : outcomeOf(run),
    scores,
    ...(error && { error }),
    usage,
    ...(cost && { cost }),
    ...(endedAt !== undefined && { durationMs: endedAt - startedAt }),
    ...(judging && { judging }),
  };
  return { verdict, runId };
}

/** Ends the run of a case that waits for somebody, so that nobody is asked for nothing. */
export async function endWaiting(runs: TenantRuntime, runId: string): Promise<void> {
  await runs.cancel(runId, reasons.waits);
}

async function begin(
  { runId, position, repetition }: KeptResult,
  one: EvaluationCase,
  { evaluationId, suite, runs }: CaseParts,
): Promise<{ readonly runId: string } | { readonly failure: RunFailure }> {
  if (runId !== undefined) return { runId };
  const { kind, name } = suite.target;
  const metadata: JsonObject = {
    evaluation: { id: evaluationId, suite: suite.name, case: one.name, repetition },
  };
  const request = {
    [kind]: name,
    input: one.input,
    metadata,
    idempotencyKey: `evaluation:${evaluationId}:${position}`,
  } as unknown as RunRequest; // the runtime checks the input
  try {
    return { runId: (await runs.start(request)).id };
  } catch (error) {
    if (!isAgentFactoryError(error) || error.retryable) throw error;
    return { failure: failureOf(error, asIs) };
  }
}

/** The run once it has ended, waits for somebody, or took too long; then it is cancelled. */
async function settled(
  runId: string,
  { runs, signal, timeoutMs }: CaseParts,
): Promise<{ readonly run: Run; readonly isLate: boolean }> {
  const { createdAt } = await runs.get(runId);
  const late = AbortSignal.timeout(Math.max(0, createdAt + timeoutMs - Date.now()));
  try {
    for (;;) {
      for await (const _event of followRun(runs, runId, { signal: AbortSignal.any([signal, late]) }));
      const run = await runs.get(runId);
      // Somebody may just have answered what it waited for.
      if (run.status !== 'queued' && run.status !== 'running') return { run, isLate: false };
    }
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    const run = await runs.cancel(runId, reasons.late);
    return { run, isLate: run.status === 'cancelled' };
  }
}

/** It is settled. */
function outcomeOf({ status }: Run): CaseOutcome {
  return status as Exclude<Run['status'], 'queued' | 'running'>; // see above
}

function asIs(reason: string): ReturnType<typeof errors.AF_EVALUATION_FAILED> {
  return errors.AF_EVALUATION_FAILED({ reason });
}
