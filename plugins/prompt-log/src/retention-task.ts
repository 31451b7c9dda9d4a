import {
  everyTenant,
  runSlackMs,
  type MaintenanceTask,
  type SqlDatabase,
  type TenantStorage,
  type UseTenant,
} from '@agent-factory/sdk/contracts';

const dayMs = 86_400_000;
const entriesPerStep = 500;

interface Old {
  readonly run_id: string;
  readonly seq: number;
  readonly at: number;
}

/** For how long entries are kept. */
export interface RetentionOptions {
  /** Days, for a tenant; null: for ever. */
  daysOf(tenant: string): Promise<number | null>;
  /** The time, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Removes entries whose time is over, in small steps. The journal keeps its own time. */
export function createRetentionTask(
  tenants: TenantStorage,
  useTenant: UseTenant,
  { daysOf, now = Date.now }: RetentionOptions,
): MaintenanceTask {
  return {
    name: 'prompt-log-retention',
    description: 'Removes entries of the prompt log that are older than they are to be kept.',
    everyMs: 3_600_000,
    async run({ signal }) {
      let removed = 0;
      for await (const tenant of everyTenant(tenants)) {
        const days = await daysOf(tenant);
        if (days === null) continue;
        const before = now() - days * dayMs;
        for (let went = entriesPerStep; went === entriesPerStep && !signal.aborted; removed += went)
          went = await useTenant(tenant, (database) => removeSome(database, before));
        if (signal.aborted) break;
      }
      return { removed };
    },
  };
}

async function removeSome(database: SqlDatabase, before: number): Promise<number> {
  const old = await database.query<Old>(
    'SELECT run_id, seq, at FROM af_prompt_log_entries WHERE at < ? ORDER BY at, run_id, seq LIMIT ?',
    [before, entriesPerStep],
  );
  const last = old.at(-1);
  if (!last) return 0;
  // All up to the last of them, in every table.
  const upTo = [before, last.at, last.run_id, last.seq];
  const those = old.flatMap(({ run_id: runId, seq }) => [runId, seq]);
  const pairs = old.map(() => '(run_id = ? AND seq = ?)').join(' OR ');
  await database.batch([
    { sql: `DELETE FROM af_prompt_log_bodies WHERE ${pairs}`, params: those },
    { sql: 'DELETE FROM af_prompt_log_words WHERE at < ? AND (at, run_id, seq) <= (?, ?, ?)', params: upTo },
    {
      sql: 'DELETE FROM af_prompt_log_entries WHERE at < ? AND (at, run_id, seq) <= (?, ?, ?)',
      params: upTo,
    },
    // Those that the journal may still be asked for are kept, or their entries would come again.
    {
      sql:
        'DELETE FROM af_prompt_log_runs WHERE is_open = 0 AND created_at < ?' +
        " AND created_at < (SELECT value FROM af_prompt_log_marks WHERE name = 'read') - ? AND NOT EXISTS" +
        ' (SELECT 1 FROM af_prompt_log_entries AS e WHERE e.run_id = af_prompt_log_runs.run_id)',
      params: [before, 2 * runSlackMs],
    },
  ]);
  return old.length;
}
