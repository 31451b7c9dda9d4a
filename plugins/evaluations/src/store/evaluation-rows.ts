import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  evaluationErrors as errors,
  type Evaluation,
  type EvaluationQuery,
  type EvaluationSummary,
  type SqlDatabase,
} from '@agent-factory/sdk/contracts';
import type { EvaluationSuite, RunFailure } from '@agent-factory/sdk/domain';
import { keysetPage, nowOf, queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { sql, type Kysely } from 'kysely';
import { reasonOf } from '../failure.ts';
import type { EvaluationRow, Tables } from './tables.ts';

/** An evaluation, and what it was made of. */
export interface KeptEvaluation {
  readonly evaluation: Evaluation;
  /** As it was, with the cases that were chosen. */
  readonly suite: EvaluationSuite;
}

/** What is to be kept of a new one. */
export interface NewEvaluation extends Pick<
  Evaluation,
  'id' | 'targetHash' | 'runs' | 'repetitions' | 'concurrency'
> {
  readonly suite: EvaluationSuite;
  readonly by?: string;
}

/** How an evaluation ended. */
export interface Ending {
  readonly state: 'finished' | 'cancelled' | 'failed';
  readonly summary: EvaluationSummary;
  readonly passed?: boolean;
  readonly error?: RunFailure;
}

/** Rows that go into one statement, well below what engines admit of parameters. */
const rowsAtOnce = 200;

/** Keeps an evaluation with a row for each of its runs. */
export function keepEvaluation(database: SqlDatabase, made: NewEvaluation): Promise<void> {
  const { id, suite, targetHash, runs, repetitions, concurrency, by = null } = made;
  return withTransaction(database, async (db: Kysely<Tables>) => {
    await db
      .insertInto('af_evaluations_evaluations')
      .values({
        id,
        suite_name: suite.name,
        suite: JSON.stringify(suite),
        target_hash: targetHash,
        state: 'running',
        runs,
        repetitions,
        concurrency,
        started_by: by,
        lease_until: 0,
        created_at: Date.now(),
        passed: null,
        summary: null,
        error: null,
        owner: null,
        ended_at: null,
      })
      .execute();
    const rows = suite.cases.flatMap(({ name }, at) =>
      Array.from({ length: repetitions }, (_, repeat) => ({
        evaluation_id: id,
        position: at * repetitions + repeat,
        case_name: name,
        repetition: repeat + 1,
        run_id: null,
        outcome: null,
        verdict: null,
      })),
    );
    for (let from = 0; from < rows.length; from += rowsAtOnce)
      await db
        .insertInto('af_evaluations_results')
        .values(rows.slice(from, from + rowsAtOnce))
        .execute();
  });
}

/** One of a tenant's. */
export async function readEvaluation(database: SqlDatabase, id: string): Promise<KeptEvaluation | undefined> {
  const row = await queryBuilder<Tables>(database)
    .selectFrom('af_evaluations_evaluations')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && keptOf(row);
}

/** Those of a tenant, newest first, page by page. */
export async function listEvaluations(
  database: SqlDatabase,
  { suite, limit, after }: EvaluationQuery,
): Promise<{ readonly evaluations: readonly Evaluation[]; readonly next?: string }> {
  let asked = queryBuilder<Tables>(database).selectFrom('af_evaluations_evaluations').selectAll();
  if (suite !== undefined) asked = asked.where('suite_name', '=', suite);
  const { rows, next } = await keysetPage(asked, {
    by: [{ column: 'id', direction: 'desc' }],
    limit,
    after,
  }).catch((error: unknown): never => {
    const isWrong =
      isAgentFactoryError(error, 'AF_PAGE_INVALID') || isAgentFactoryError(error, 'AF_CURSOR_INVALID');
    throw isWrong ? errors.AF_EVALUATION_QUERY_INVALID({ reason: reasonOf(error) }, { cause: error }) : error;
  });
  return {
    evaluations: rows.map((row) => keptOf(row).evaluation),
    ...(next !== undefined && { next }),
  };
}

/** Whether somebody is the owner now, for `ms` milliseconds by the database's clock, unless another one is. */
export async function takeLease(
  database: SqlDatabase,
  id: string,
  owner: string,
  ms: number,
): Promise<boolean> {
  const now = nowOf(database);
  const { numUpdatedRows } = await queryBuilder<Tables>(database)
    .updateTable('af_evaluations_evaluations')
    .set({ owner, lease_until: sql<number>`${now} + ${ms}` })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .where(({ or, eb }) => or([eb('owner', '=', owner), eb('lease_until', '<=', now)]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Lets others have it at once. */
export async function giveBack(database: SqlDatabase, id: string, owner: string): Promise<void> {
  await queryBuilder<Tables>(database)
    .updateTable('af_evaluations_evaluations')
    .set({ owner: null, lease_until: 0 })
    .where('id', '=', id)
    .where('owner', '=', owner)
    .execute();
}

/** Writes how it ended; false when it had ended before. */
export async function endEvaluation(database: SqlDatabase, id: string, ending: Ending): Promise<boolean> {
  const { state, summary, passed, error } = ending;
  const { numUpdatedRows } = await queryBuilder<Tables>(database)
    .updateTable('af_evaluations_evaluations')
    .set({
      state,
      summary: JSON.stringify(summary),
      passed: passed === undefined ? null : Number(passed),
      error: error ? JSON.stringify(error) : null,
      owner: null,
      ended_at: Date.now(),
    })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function keptOf(row: EvaluationRow): KeptEvaluation {
  const suite = JSON.parse(row.suite) as EvaluationSuite; // as it was kept, like the others below
  const { id, state, runs, repetitions, concurrency } = row;
  const evaluation: Evaluation = {
    id,
    suite: suite.name,
    version: suite.version,
    target: suite.target,
    targetHash: row.target_hash,
    state,
    ...(row.passed !== null && { passed: row.passed === 1 }),
    runs,
    repetitions,
    concurrency,
    ...(row.summary !== null && { summary: JSON.parse(row.summary) as EvaluationSummary }),
    ...(row.error !== null && { error: JSON.parse(row.error) as RunFailure }),
    ...(row.started_by !== null && { by: row.started_by }),
    createdAt: row.created_at,
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
  };
  return { evaluation, suite };
}
