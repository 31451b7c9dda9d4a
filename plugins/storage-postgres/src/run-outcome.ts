import { storageErrors as errors } from '@agent-factory/sdk/contracts';
import type { ConnectionPool, OpenTransaction } from './connection-pool.ts';
import { breaksConnection, isStalePlan, translate } from './driver-errors.ts';
import type { PipelineFailure, PipelineStep, StepResult } from './pipeline.ts';
import type { PostgresConnection } from './postgres-connection.ts';

/** Refuses the database where the calling code is in a transaction of its own on it. */
export function refuseNested(pool: ConnectionPool, database: string): void {
  for (let open: OpenTransaction | undefined = pool.inside.getStore(); open; open = open.outer)
    if (!open.over && open.database === database) throw errors.AF_STORAGE_NESTED({});
}

/**
 * Sends steps on a free connection, in one transaction when they begin none. Once more when the server refused an old
 * plan: nothing was done then. `reads`: that nothing is changed by them.
 */
export function sendAlone(
  pool: ConnectionPool,
  steps: readonly PipelineStep[],
  sql: string,
  reads = false,
): Promise<readonly StepResult[]> {
  return pool.use(async (connection) => {
    let outcome = await connection.run(steps);
    if ('error' in outcome && isStalePlan(outcome.error)) {
      connection.forgetStatements();
      outcome = await connection.run(steps);
    }
    if (!('error' in outcome)) return outcome;
    throw failure(pool, connection, outcome, { sql, unknown: !reads && isLoss(outcome.error) });
  });
}

/** The error of a failed run; drops the connection that broke. `unknown`: whether it broke during the commit. */
export function failure(
  pool: ConnectionPool,
  connection: PostgresConnection,
  { error, sent }: PipelineFailure,
  about: { readonly sql?: string; readonly unknown?: boolean },
): Error {
  const broken = breaksConnection(error);
  const readOnly = error instanceof Error && 'code' in error && error.code === '25006';
  // A server that became read-only is no longer the one to write to: the next connection may reach another.
  if (broken || readOnly) connection.destroy();
  if (isStalePlan(error)) connection.forgetStatements();
  if (broken && sent && about.unknown)
    return errors.AF_STORAGE_COMMIT_UNKNOWN({ database: pool.place.server }, { cause: error });
  return translate(error, { ...pool.place, sql: about.sql ?? '' });
}

/** Undoes what is under way; a connection that cannot is given up, which undoes it too. */
export async function undo(connection: PostgresConnection): Promise<void> {
  if (!connection.usable) return;
  const outcome = await connection.run([{ text: 'ROLLBACK', values: [] }]);
  if ('error' in outcome) connection.destroy();
}

/** Commits what is under way. Fails when the server undid it instead, or cannot say. */
export async function commit(pool: ConnectionPool, connection: PostgresConnection): Promise<void> {
  const outcome = await connection.run([{ text: 'COMMIT', values: [] }]);
  if ('error' in outcome) throw failure(pool, connection, outcome, { sql: 'COMMIT', unknown: true });
  // A transaction in which a statement failed can only be undone.
  if (outcome[0]?.tag !== 'COMMIT') throw errors.AF_STORAGE_TRANSACTION_OVER({});
}

/** Whether the connection was lost without a word from the server, which says so when it ends a statement itself. */
export function isLoss(error: unknown): boolean {
  return !(error instanceof Error && 'severity' in error);
}
