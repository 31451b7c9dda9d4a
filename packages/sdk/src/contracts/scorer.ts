import { defineCollection, type CollectionContract } from '../contract.ts';
import type { EvaluationCase } from '../domain/evaluation-suite.ts';
import type { RunEvent } from '../domain/event.ts';
import type { Run } from '../domain/run.ts';
import type { JsonObject, JsonSchema } from '../json.ts';
import type { ConditionServices } from './condition-evaluator.ts';

/** What is judged: a case, and the run that was made of it. */
export interface ScoredRun {
  readonly case: EvaluationCase;
  /** As it ended, or as it waits for somebody. Its `output` is the answer. */
  readonly run: Run;
  /** Its events, and after them those of the runs it started, each run's in order. */
  events(): Promise<readonly RunEvent[]>;
}

/** How good it is, and why. */
export interface Score {
  /** From 0, all wrong, to 1, as it should be. */
  readonly score: number;
  /** A sentence or two, for people. */
  readonly reason: string;
}

/** A scorer with its configuration, ready to judge, often. Holds no state between judgements. */
export interface PreparedScorer {
  /**
   * `answers`: it is asked only where there is an answer; a run that has none scores 0. `runs`: it judges any run, also
   * one that failed, or waits for somebody.
   */
  readonly judges: 'answers' | 'runs';
  /** Whether each case needs an `expected`. Default false. */
  readonly needsExpected?: boolean;
  /**
   * Judges, and leaves what it is given as it is. What it throws is kept as an error of the case, which is no zero: the
   * evaluation does not pass.
   */
  score(subject: ScoredRun, services: ConditionServices): Score | Promise<Score>;
}

/** Judges runs of evaluation suites. */
export interface Scorer {
  /** Unique: what suites name, such as `exact`. */
  readonly name: string;
  /** One sentence, for people who choose one. */
  readonly description: string;
  /** JSON Schema of its configuration, an object. */
  readonly config: JsonSchema;
  /**
   * Checks the configuration fully, when a suite is kept or started, and refuses it with AF_SCORER_CONFIG_INVALID
   * (`details.path` is a JSON Pointer into it). The caller has checked neither schema nor defaults.
   */
  prepare(config: JsonObject): Promise<PreparedScorer>;
}

/** Collection of {@link Scorer}. */
export const Scorer: CollectionContract<Scorer> = defineCollection<Scorer>({
  id: 'evaluation-scorer',
  version: '1.0.0',
  description: 'Judges of what agents, routers and workflows answer in evaluations.',
});
