import type { SqlValue } from '@agent-factory/sdk/contracts';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';
import { excerpt } from './driver-errors.ts';
import type { PipelineStep } from './pipeline.ts';
import type { SqlText } from './sql-text.ts';
import { toWire } from './sql-values.ts';

/** Which tables a database handle sees. */
export interface DatabaseView {
  /** Tells one database from another, for locks and for the rule against nesting. */
  readonly name: string;
  /** Reads a statement; refuses one that may not be run. */
  read(sql: string): SqlText | Promise<SqlText>;
  /** What comes first in each transaction. */
  readonly enter?: PipelineStep;
  /** A column that is never shown. */
  readonly hidden?: string;
}

const noParams: readonly SqlValue[] = [];

/** A statement with its parameters, ready to be sent. */
export type PreparedStep = PipelineStep & { readonly source: SqlText };

/** Reads a statement, and makes it ready to be sent. */
export async function prepareStep(
  view: DatabaseView,
  sql: string,
  params: readonly SqlValue[] = noParams,
): Promise<PreparedStep> {
  const found = view.read(sql);
  return stepOf(view, found instanceof Promise ? await found : found, sql, params);
}

/** The same for a statement that was read before. */
export function stepOf(
  view: DatabaseView,
  source: SqlText,
  sql: string,
  params: readonly SqlValue[] = noParams,
): PreparedStep {
  const values = toWire(params, sql);
  if (values.length !== source.params)
    throw errors.AF_STORAGE_STATEMENT_INVALID({
      reason: `it has ${source.params} parameter(s), and ${values.length} came`,
      sql: excerpt(sql),
    });
  const name = source.name();
  return {
    text: source.text,
    values,
    source,
    ...(name !== undefined && { name }),
    ...(view.hidden !== undefined && { hidden: view.hidden }),
  };
}
