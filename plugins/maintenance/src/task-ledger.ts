import type { JsonObject } from '@agent-factory/sdk';
import { databaseNow, type Storage } from '@agent-factory/sdk/contracts';

/** The right to do a task once, until the lease is over. */
export interface TaskClaim {
  readonly name: string;
  readonly fence: number;
}

/** A task's row. */
export interface TaskRow {
  readonly name: string;
  readonly running: number;
  readonly next_at: number;
  readonly last_started_at: number | null;
  readonly last_ms: number | null;
  readonly last_result: string | null;
  readonly last_error: string | null;
}

/** How a task went. */
interface TaskOutcome {
  readonly ms: number;
  readonly result?: JsonObject;
  readonly error?: string;
}

/** What every process of the platform knows of the tasks. Times are by the database's clock. */
export interface TaskLedger {
  /** Makes sure that each task has a row. */
  enter(names: readonly string[]): Promise<void>;
  /** Takes a task that nobody is at; `undefined` when somebody is, or when it is not due and `now` is not set. */
  claim(name: string, options: { readonly now: boolean }): Promise<TaskClaim | undefined>;
  /** Milliseconds until a task is due, or until the one who is at it must have reported. */
  waitMs(name: string): Promise<number>;
  /** Begins the lease anew; false when it is lost. */
  renew(claim: TaskClaim): Promise<boolean>;
  /** Ends a time: it is due again `everyMs` from now. Nothing when the lease is lost. */
  finish(claim: TaskClaim, everyMs: number, outcome: TaskOutcome): Promise<void>;
  rows(): Promise<readonly TaskRow[]>;
}

/** Creates the ledger. */
export function createTaskLedger(storage: Storage, leaseMs: number): TaskLedger {
  const now = databaseNow(storage.dialect);
  const claimTask =
    `UPDATE af_maintenance_tasks SET fence = fence + 1, lease_until = ${now} + ?, last_started_at = ${now}` +
    ` WHERE name = ? AND lease_until <= ${now} AND (next_at <= ${now} OR ? = 1) RETURNING fence`;
  const renewTask = `UPDATE af_maintenance_tasks SET lease_until = ${now} + ? WHERE name = ? AND fence = ?`;
  const finishTask =
    `UPDATE af_maintenance_tasks SET lease_until = 0, next_at = ${now} + ?, last_ms = ?, last_result = ?, last_error = ?` +
    ' WHERE name = ? AND fence = ?';
  return {
    enter: (names) =>
      storage.batch(
        names.map((name) => ({
          sql: 'INSERT INTO af_maintenance_tasks (name) VALUES (?) ON CONFLICT (name) DO NOTHING',
          params: [name],
        })),
      ),
    async claim(name, { now: atOnce }) {
      const [row] = await storage.query<{ fence: number }>(claimTask, [leaseMs, name, atOnce ? 1 : 0]);
      return row && { name, fence: row.fence };
    },
    async waitMs(name) {
      const [row] = await storage.query<{ ms: number }>(
        `SELECT (CASE WHEN lease_until > ${now} THEN lease_until ELSE next_at END) - ${now} AS ms` +
          ' FROM af_maintenance_tasks WHERE name = ?',
        [name],
      );
      return Math.max(row?.ms ?? 0, 0);
    },
    async renew({ name, fence }) {
      const { changes } = await storage.execute(renewTask, [leaseMs, name, fence]);
      return changes === 1;
    },
    async finish({ name, fence }, everyMs, { ms, result, error }) {
      const json = result === undefined ? null : JSON.stringify(result);
      await storage.execute(finishTask, [everyMs, Math.round(ms), json, error ?? null, name, fence]);
    },
    rows: () =>
      storage.query<TaskRow>(
        `SELECT name, CASE WHEN lease_until > ${now} THEN 1 ELSE 0 END AS running, next_at, last_started_at,` +
          ' last_ms, last_result, last_error FROM af_maintenance_tasks ORDER BY name',
      ),
  };
}
