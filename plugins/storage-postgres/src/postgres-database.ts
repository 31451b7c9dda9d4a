import type {
  SqlDatabase,
  SqlDurability,
  SqlStatement,
  SqlTransaction,
  SqlValue,
} from '@agent-factory/sdk/contracts';
import { batchSteps, checkGuards } from './batch-steps.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { prepareStep, type DatabaseView } from './database-view.ts';
import { breaksConnection, isStalePlan } from './driver-errors.ts';
import type { PipelineStep, StepResult } from './pipeline.ts';
import { runTransaction } from './postgres-transaction.ts';
import { commit, failure, isLoss, refuseNested, sendAlone, undo } from './run-outcome.ts';

const begin: PipelineStep = { text: 'BEGIN', values: [] };

/** Creates a handle on the part of the database that `view` shows. */
export function createPostgresDatabase(pool: ConnectionPool, view: DatabaseView): SqlDatabase {
  const { enter } = view;
  const first = enter === undefined ? [] : [enter];

  const one = async (sql: string, params: readonly SqlValue[] | undefined): Promise<StepResult> => {
    refuseNested(pool, view.name);
    const step = await prepareStep(view, sql, params);
    // A single statement is committed by the server on its own: when the connection broke, nobody knows.
    const results = await sendAlone(pool, [...first, step], sql, step.source.verb === 'SELECT');
    return results.at(-1) as StepResult; // one for each step
  };

  return {
    dialect: 'postgres',
    // The caller names the shape of the rows its statement gives.
    query: async <Row extends object>(sql: string, params?: readonly SqlValue[]) =>
      (await one(sql, params)).rows as readonly Row[],
    execute: async (sql, params) => ({ changes: (await one(sql, params)).changes }),

    async batch(batch: readonly SqlStatement[], options: { readonly durability?: SqlDurability } = {}) {
      refuseNested(pool, view.name);
      if (batch.length === 0) return;
      const plan = await batchSteps(view, batch, options.durability, pool.options.durability);
      await pool.use(async (connection) => {
        for (let again = true; ; again = false) {
          const guarded = plan.guarded;
          const before = [...(guarded ? [begin] : []), ...plan.first, ...first];
          const outcome = await connection.run([...before, ...plan.steps]);
          if ('error' in outcome) {
            if (guarded && !breaksConnection(outcome.error)) await undo(connection);
            if (again && isStalePlan(outcome.error)) {
              connection.forgetStatements();
              continue;
            }
            throw failure(pool, connection, outcome, {
              sql: batch[plan.statementOf(outcome.done - before.length)]?.sql ?? '',
              unknown: !guarded && isLoss(outcome.error),
            });
          }
          if (!guarded) return;
          try {
            checkGuards(plan, outcome.slice(before.length));
          } catch (error) {
            await undo(connection);
            throw error;
          }
          await commit(pool, connection);
          return;
        }
      });
    },

    transaction: <T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T> =>
      runTransaction(pool, view, work),
  };
}
