import type { CaseOutcome, EvaluationResult, SqlDatabase } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import type { Tables } from './tables.ts';

/** A run that is to be made, or was. */
export interface KeptResult extends EvaluationResult {
  /** From 0. */
  readonly position: number;
}

/** What is known of a run once it is judged. */
export interface Verdict extends Omit<EvaluationResult, 'case' | 'repetition' | 'runId'> {
  readonly outcome: CaseOutcome;
}

/** Those of an evaluation, in order. */
export async function listResults(database: SqlDatabase, id: string): Promise<readonly KeptResult[]> {
  const rows = await queryBuilder<Tables>(database)
    .selectFrom('af_evaluations_results')
    .selectAll()
    .where('evaluation_id', '=', id)
    .orderBy('position')
    .execute();
  return rows.map(({ position, case_name, repetition, run_id, outcome, verdict }) => ({
    position,
    case: case_name,
    repetition,
    ...(run_id !== null && { runId: run_id }),
    ...(outcome !== null && { outcome: outcome as CaseOutcome }),
    scores: [],
    // As it was kept.
    ...(verdict !== null && (JSON.parse(verdict) as Omit<Verdict, 'outcome'>)),
  }));
}

/** Writes which run it is. */
export async function keepRun(
  database: SqlDatabase,
  id: string,
  position: number,
  runId: string,
): Promise<void> {
  await queryBuilder<Tables>(database)
    .updateTable('af_evaluations_results')
    .set({ run_id: runId })
    .where('evaluation_id', '=', id)
    .where('position', '=', position)
    .execute();
}

/** Writes a verdict where there is none yet: of two processes that judged it, the first one counts. */
export async function keepVerdict(
  database: SqlDatabase,
  id: string,
  position: number,
  { outcome, ...verdict }: Verdict,
): Promise<void> {
  await queryBuilder<Tables>(database)
    .updateTable('af_evaluations_results')
    .set({ outcome, verdict: JSON.stringify(verdict) })
    .where('evaluation_id', '=', id)
    .where('position', '=', position)
    .where('outcome', 'is', null)
    .execute();
}
