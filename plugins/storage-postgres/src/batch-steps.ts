import type { SqlDurability, SqlStatement } from '@agent-factory/sdk/contracts';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';
import { fittingSize, type RowsPattern } from './insert-rows.ts';
import type { PipelineStep, StepResult } from './pipeline.ts';
import { prepareStep, stepOf, type DatabaseView, type PreparedStep } from './database-view.ts';
import { ownName } from './statement-name.ts';

/** A batch as it is sent. */
export interface BatchPlan {
  readonly steps: readonly PipelineStep[];
  /** What comes before all, while the role is still the user's own. */
  readonly first: readonly PipelineStep[];
  /** Whether results must be looked at before it may be committed. */
  readonly guarded: boolean;
  readonly batch: readonly SqlStatement[];
  /** Place in the batch of what a step stands for. */
  statementOf(step: number): number;
}

/**
 * Plans a batch: adding one row after another with the same statement becomes adding many at once, which costs the server
 * a fraction.
 */
export async function batchSteps(
  view: DatabaseView,
  batch: readonly SqlStatement[],
  durability: SqlDurability | undefined,
  usual: SqlDurability,
): Promise<BatchPlan> {
  const steps: PipelineStep[] = [];
  const places: number[] = [];
  const first: PipelineStep[] = [];
  if (durability !== undefined && durability !== usual)
    first.push({
      text: `SELECT set_config('synchronous_commit', $1, true)`,
      values: [durability === 'fsync' ? 'on' : 'off'],
      name: ownName('durability'),
    });
  let guarded = false;
  const singles: PreparedStep[] = [];
  let last: PreparedStep | undefined;
  for (const [at, { sql, params }] of batch.entries()) {
    // Most of them follow one of their kind, and need not be read.
    const source = last !== undefined && batch[at - 1]?.sql === sql ? last.source : undefined;
    last = source === undefined ? await prepareStep(view, sql, params) : stepOf(view, source, sql, params);
    singles.push(last);
  }
  for (let at = 0; at < batch.length;) {
    const step = singles[at] as PreparedStep; // within bounds
    const pattern = step.source.rows;
    let run = 1;
    if (pattern !== undefined && mergeable(batch[at], pattern))
      while (singles[at + run]?.source === step.source && mergeable(batch[at + run], pattern)) run++;
    const size = pattern === undefined ? undefined : fittingSize(run, pattern.params);
    places.push(at);
    if (size === undefined || pattern === undefined) {
      guarded ||= batch[at]?.changes !== undefined;
      steps.push(step);
      at++;
      continue;
    }
    const merged = pattern.of(size);
    const name = merged.name();
    const values = singles.slice(at, at + size).flatMap((single) => single.values);
    for (const { changes } of batch.slice(at, at + size)) guarded ||= changes !== undefined;
    steps.push({ text: merged.text, values, ...(name !== undefined && { name }) });
    at += size;
  }
  return { steps, first, guarded, batch, statementOf: (step) => places[Math.max(step, 0)] ?? 0 };
}

/** Where no row can be passed over, a guard of one row for each is a guard of that many for all. */
function mergeable(statement: SqlStatement | undefined, pattern: RowsPattern): boolean {
  return statement?.changes === undefined || (statement.changes === 1 && !pattern.skips);
}

/** Fails with AF_STORAGE_GUARD_FAILED where a statement changed another number of rows than it must. */
export function checkGuards({ batch, statementOf }: BatchPlan, results: readonly StepResult[]): void {
  for (const [step, { changes: found }] of results.entries()) {
    const first = statementOf(step);
    const next = step + 1 < results.length ? statementOf(step + 1) : batch.length;
    const expected = batch.slice(first, next).map(({ changes }) => changes);
    const guarded = expected.findIndex((changes) => changes !== undefined);
    if (guarded === -1 || (expected.length === 1 ? found === expected[0] : found === expected.length))
      continue;
    throw errors.AF_STORAGE_GUARD_FAILED({
      index: first + guarded + 1,
      found,
      expected: expected[guarded] ?? 1,
    });
  }
}
