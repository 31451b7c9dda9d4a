import type { EvaluationState } from '@agent-factory/sdk/contracts';

/** The tables of a tenant, as they are stored. */
export interface Tables {
  af_evaluations_suites: { readonly name: string; readonly suite: string };
  af_evaluations_evaluations: EvaluationRow;
  af_evaluations_results: ResultRow;
}

/** An evaluation, as it is stored. */
export interface EvaluationRow {
  readonly id: string;
  readonly suite_name: string;
  readonly suite: string;
  readonly target_hash: string;
  readonly state: EvaluationState;
  readonly passed: number | null;
  readonly runs: number;
  readonly repetitions: number;
  readonly concurrency: number;
  readonly summary: string | null;
  readonly error: string | null;
  readonly started_by: string | null;
  readonly owner: string | null;
  readonly lease_until: number;
  readonly created_at: number;
  readonly ended_at: number | null;
}

/** One run of it, as it is stored. */
interface ResultRow {
  readonly evaluation_id: string;
  readonly position: number;
  readonly case_name: string;
  readonly repetition: number;
  readonly run_id: string | null;
  readonly outcome: string | null;
  readonly verdict: string | null;
}
