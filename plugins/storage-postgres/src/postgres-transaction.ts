import type { SqlTransaction, SqlValue } from '@agent-factory/sdk/contracts';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';
import type { ConnectionPool, OpenTransaction } from './connection-pool.ts';
import { breaksConnection, isStalePlan } from './driver-errors.ts';
import { lockKey } from './lock-key.ts';
import type { PipelineStep, StepResult } from './pipeline.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { prepareStep, type DatabaseView } from './database-view.ts';
import { commit, failure, refuseNested, undo } from './run-outcome.ts';
import { ownName } from './statement-name.ts';

/**
 * Runs `work` in a transaction that sees one moment of the database, so that what it read is still so when it commits;
 * of two that change the same row, the later one fails (AF_STORAGE_LOCKED).
 */
export async function runTransaction<T>(
  pool: ConnectionPool,
  view: DatabaseView,
  work: (tx: SqlTransaction) => Promise<T>,
): Promise<T> {
  refuseNested(pool, view.name);
  return pool.use(async (connection) => {
    const outer = pool.inside.getStore();
    const open: OpenTransaction = { database: view.name, over: false, outer };
    const tx = createTransaction(pool, view, connection, open);
    try {
      let result: T;
      try {
        result = await pool.inside.run(open, () => work(tx.handle));
      } finally {
        open.over = true;
      }
      await tx.commit();
      return result;
    } catch (error) {
      await tx.undo();
      throw error;
    } finally {
      await tx.unlock();
    }
  });
}

interface Transaction {
  readonly handle: SqlTransaction;
  commit(): Promise<void>;
  undo(): Promise<void>;
  unlock(): Promise<void>;
}

const begin: PipelineStep = { text: 'BEGIN ISOLATION LEVEL REPEATABLE READ', values: [] };

function createTransaction(
  pool: ConnectionPool,
  view: DatabaseView,
  connection: PostgresConnection,
  open: OpenTransaction,
): Transaction {
  // The first statement brings the beginning along: a round trip less.
  let begun = false;
  let ended = false;
  const locks = new Set<string>();

  const send = async (step: PipelineStep, sql: string): Promise<StepResult> => {
    if (open.over || ended) throw errors.AF_STORAGE_TRANSACTION_OVER({});
    const first = begun ? [] : view.enter === undefined ? [begin] : [begin, view.enter];
    begun = true;
    let outcome = await connection.run([...first, step]);
    if ('error' in outcome && first.length > 0 && isStalePlan(outcome.error)) {
      // Nothing was done yet.
      await undo(connection);
      connection.forgetStatements();
      outcome = await connection.run([...first, step]);
    }
    if ('error' in outcome) {
      ended ||= breaksConnection(outcome.error);
      throw failure(pool, connection, outcome, { sql });
    }
    return outcome.at(-1) as StepResult; // one for each step
  };
  const statement = async (sql: string, params: readonly SqlValue[] | undefined): Promise<StepResult> => {
    if (open.over) throw errors.AF_STORAGE_TRANSACTION_OVER({});
    return send(await prepareStep(view, sql, params), sql);
  };

  const handle: SqlTransaction = {
    // The caller names the shape of the rows its statement gives.
    query: async <Row extends object>(sql: string, params?: readonly SqlValue[]) =>
      (await statement(sql, params)).rows as readonly Row[],
    execute: async (sql, params) => ({ changes: (await statement(sql, params)).changes }),
    async lock(name) {
      if (open.over) throw errors.AF_STORAGE_TRANSACTION_OVER({});
      const key = lockKey(`${view.name}:${name}`);
      if (locks.has(key)) return;
      // What the transaction sees is settled by its first statement. A lock that comes before it must be held before
      // it too, or what its last holder wrote would not be seen; so it is one of the connection.
      const early = !begun;
      const sql = early ? 'SELECT pg_advisory_lock($1)' : 'SELECT pg_advisory_xact_lock($1)';
      const step: PipelineStep = { text: sql, values: [key], name: ownName(early ? 'lock' : 'xact_lock') };
      if (!early) await send(step, sql);
      else {
        locks.add(key);
        const outcome = await connection.run([step]);
        if ('error' in outcome) {
          locks.delete(key);
          throw failure(pool, connection, outcome, { sql });
        }
      }
    },
  };

  return {
    handle,
    async commit() {
      if (!begun) return;
      begun = false;
      await commit(pool, connection);
    },
    async undo() {
      if (!begun) return;
      begun = false;
      await undo(connection);
    },
    async unlock() {
      if (locks.size === 0 || !connection.usable) return;
      const steps = [...locks].map((key) => ({
        text: 'SELECT pg_advisory_unlock($1)',
        values: [key],
        name: ownName('unlock'),
      }));
      const outcome = await connection.run(steps);
      if ('error' in outcome) connection.destroy();
    },
  };
}
