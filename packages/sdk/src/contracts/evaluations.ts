import { defineContract, type SingleContract } from '../contract.ts';
import type { EvaluationSuite } from '../domain/evaluation-suite.ts';
import type { RunCost, RunFailure, Usage } from '../domain/run.ts';
import type { ValidationProblem } from '../json.ts';
import type { ChangeCondition } from './change-condition.ts';

/** A suite, and where it comes from. */
export interface KeptSuite {
  readonly suite: EvaluationSuite;
  /** `tenant`: kept by this interface. `blueprint`: brought by an installed one, which alone changes it. */
  readonly source: 'tenant' | 'blueprint';
  /** Name of the blueprint. */
  readonly blueprint?: string;
}

/** A suite, and what keeps it from being evaluated here. */
export interface SuiteDetails extends KeptSuite {
  readonly problems: readonly ValidationProblem[];
}

/** A wish to evaluate a suite. */
export interface EvaluationRequest {
  /** Name of the suite. */
  readonly suite: string;
  /** Names of cases. Default: all. */
  readonly cases?: readonly string[];
  /** How often each case is run, 1 to 100. Default 1. There are at most 1,000 runs in all. */
  readonly repetitions?: number;
  /** Runs at the same time, 1 to 32. Default 4. */
  readonly concurrency?: number;
  /** Who wishes so. */
  readonly by?: string;
}

/** `running`; `finished`, with a verdict; `cancelled`; or `failed`, when it could not go on. The last three are final. */
export type EvaluationState = 'running' | 'finished' | 'cancelled' | 'failed';

/**
 * What became of the run of a case: how it ended; it was `waiting` for somebody, which an evaluation does not do: it was
 * cancelled after it had been judged; it took too long (`timed-out`); or it could not be started (`error`).
 */
export type CaseOutcome = 'succeeded' | 'failed' | 'waiting' | 'timed-out' | 'cancelled' | 'error';

/** What a scorer says of a run. */
export interface CaseScore {
  /** As the suite names it. */
  readonly scorer: string;
  /** From 0 to 1; left out where it could not judge. */
  readonly score?: number;
  readonly reason?: string;
  /** Why it could not judge. */
  readonly error?: RunFailure;
}

/** One run of a case. */
export interface EvaluationResult {
  readonly case: string;
  /** From 1. */
  readonly repetition: number;
  /** The run, an ordinary one: it has a journal, stands in the prompt log, and can be replayed. */
  readonly runId?: string;
  /** Left out until it is judged. */
  readonly outcome?: CaseOutcome;
  readonly scores: readonly CaseScore[];
  /** Why there is no answer. */
  readonly error?: RunFailure;
  readonly usage?: Usage;
  readonly cost?: RunCost;
  /** Milliseconds from the start of the run to its end. */
  readonly durationMs?: number;
  /** Tokens that scorers used to judge it. */
  readonly judging?: Usage;
}

/** What a scorer says of all runs that are judged. */
export interface ScorerSummary {
  readonly scorer: string;
  /** Left out where it judged none. */
  readonly mean?: number;
  readonly threshold?: number;
  /** Whether the mean reaches the threshold; left out where there is none. */
  readonly passed?: boolean;
  /** Runs it could not judge. */
  readonly errors: number;
}

/** What was used, in all. */
export interface EvaluationTotals {
  readonly tokens: number;
  /** Tokens that scorers used to judge. */
  readonly judgingTokens: number;
  /** Billionths of a US dollar, of the calls whose price is known. */
  readonly nanoUsd: number;
  /** Calls whose price is not known. */
  readonly unpriced: number;
  /** Milliseconds of all runs, one after the other. */
  readonly durationMs: number;
}

/** An evaluation in numbers. */
export interface EvaluationSummary {
  /** Runs that are judged. */
  readonly done: number;
  readonly outcomes: Readonly<Partial<Record<CaseOutcome, number>>>;
  readonly scorers: readonly ScorerSummary[];
  readonly totals: EvaluationTotals;
}

/** One evaluation of a suite. */
export interface Evaluation {
  readonly id: string;
  /** Name of the suite, and its version then. */
  readonly suite: string;
  readonly version: string;
  readonly target: EvaluationSuite['target'];
  /** SHA-256 of the target's definition when the evaluation began, hex. */
  readonly targetHash: string;
  readonly state: EvaluationState;
  /**
   * The gate, once it is finished. It passes when every scorer with a threshold reaches it in the mean, nothing was left
   * unjudged, and every run could be started. Where no scorer has a threshold, every run has to succeed.
   */
  readonly passed?: boolean;
  /** Runs in all. */
  readonly runs: number;
  readonly repetitions: number;
  readonly concurrency: number;
  /** Once it has ended; before that only with {@link EvaluationDetails}. */
  readonly summary?: EvaluationSummary;
  /** Why it could not go on. */
  readonly error?: RunFailure;
  readonly by?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly endedAt?: number;
}

/** An evaluation with all its runs. */
export interface EvaluationDetails extends Evaluation {
  readonly summary: EvaluationSummary;
  /** By case, as in the suite, then by repetition. */
  readonly results: readonly EvaluationResult[];
}

/** Which evaluations to list. */
export interface EvaluationQuery {
  /** Only those of this suite. */
  readonly suite?: string;
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** Evaluations, newest first. */
export interface EvaluationPage {
  readonly evaluations: readonly Evaluation[];
  /** Cursor of the next page; not there after the last one. */
  readonly next?: string;
}

/** How a mean changed; `added` and `removed` where only one of the two has it. */
export type ScoreTrend = 'better' | 'worse' | 'same' | 'added' | 'removed';

/** A mean of a scorer before and after. */
export interface ScoreChange {
  readonly scorer: string;
  readonly before?: number;
  readonly after?: number;
  readonly trend: ScoreTrend;
}

/** Two evaluations of one suite, side by side. */
export interface EvaluationComparison {
  readonly before: Evaluation;
  readonly after: Evaluation;
  /** Over all runs. */
  readonly scorers: readonly ScoreChange[];
  /** For each case, over its repetitions. */
  readonly cases: readonly (ScoreChange & { readonly case: string })[];
}

/** The evaluations of one tenant. */
export interface TenantEvaluations {
  /** Suites of the tenant and of its installed blueprints, by name. */
  suites(): Promise<readonly KeptSuite[]>;
  /** AF_EVALUATION_SUITE_UNKNOWN, AF_EVALUATION_SUITE_AMBIGUOUS. */
  suite(name: string): Promise<SuiteDetails>;
  /** Keeps a suite of the tenant's own. AF_EVALUATION_SUITE_INVALID with every problem; AF_EVALUATION_SUITE_FIXED for a name of a blueprint's. */
  putSuite(suite: unknown, condition?: ChangeCondition<EvaluationSuite>): Promise<KeptSuite>;
  /** Forgets a suite of the tenant's own; evaluations of it stay, and go on. AF_EVALUATION_SUITE_UNKNOWN, AF_EVALUATION_SUITE_FIXED. */
  removeSuite(name: string, condition?: ChangeCondition<EvaluationSuite>): Promise<void>;
  /**
   * Starts an evaluation of the suite as it is now; resolves when it is kept, and it goes on whatever becomes of this
   * process. AF_EVALUATION_INVALID, and errors of {@link TenantEvaluations.suite} and {@link TenantEvaluations.putSuite}.
   */
  start(request: EvaluationRequest): Promise<Evaluation>;
  /** AF_EVALUATION_UNKNOWN. */
  get(id: string): Promise<EvaluationDetails>;
  /** Newest first. AF_EVALUATION_QUERY_INVALID. */
  list(query?: EvaluationQuery): Promise<EvaluationPage>;
  /** The evaluation once it is final, or as it stands when `signal` aborts. */
  wait(id: string, options?: { readonly signal?: AbortSignal }): Promise<EvaluationDetails>;
  /** Ends it, and the runs that are under way. One that has ended stays as it is. */
  cancel(id: string): Promise<Evaluation>;
  /** AF_EVALUATIONS_DIFFER; AF_EVALUATION_RUNNING for one that has not ended. */
  compare(before: string, after: string): Promise<EvaluationComparison>;
}

/** Tries what can be run with suites of cases, and judges what it answers. */
export interface Evaluations {
  tenant(id: string): TenantEvaluations;
}

/** Token of {@link Evaluations}. */
export const Evaluations: SingleContract<Evaluations> = defineContract<Evaluations>({
  id: 'evaluations',
  version: '1.0.0',
  description: 'Tries agents, routers and workflows with suites of cases, and judges what they answer.',
});
