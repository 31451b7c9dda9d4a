import type { RunAddress, SqlDatabase, TenantJournal, UseTenant } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import type { ChainHeads } from './chain-heads.ts';
import { errors } from './errors.ts';
import { followRun } from './follow-run.ts';
import { finalStatuses, prepareAppend, type PreparedAppend } from './prepared-append.ts';
import { readEvents } from './read-events.ts';
import type { RunFollowers } from './run-followers.ts';
import { claimRun, leaveWish, releaseRun } from './run-leases.ts';
import { listRuns, runColumns, toRun, type RunRow } from './run-list.ts';
import { verifyRun } from './verify-run.ts';

/** What the journals of all tenants share. */
export interface JournalParts {
  readonly useTenant: UseTenant;
  readonly followers: RunFollowers;
  /** Writes an append with others of its tenant. */
  add(tenant: string, append: PreparedAppend): Promise<void>;
  readonly heads: ChainHeads;
  /** The run has new events. */
  written(run: RunAddress): void;
  /** Runs of the tenant may be unfinished. */
  touched(tenant: string): void;
  readonly closed: boolean;
}

/** The journal of one tenant; it keeps nothing, so that it can be made for each use. */
export function createTenantJournal(parts: JournalParts, tenant: string): TenantJournal {
  const { useTenant } = parts;
  const find = (column: string, value: string): Promise<Run | undefined> =>
    useTenant(tenant, (database) => findRun(database, column, value));

  return {
    async append(events, run, lease, along = []) {
      const seq = events[0]?.seq;
      if (seq === undefined) return;
      if (parts.closed) throw errors.AF_JOURNAL_CLOSED({ runId: run.id, seq });
      const append = prepareAppend(events, run, lease, along);
      try {
        await parts.add(tenant, append);
      } finally {
        // Not before: a look that came in between would find nothing, and the tenant would count as looked at.
        if (seq === 1) parts.touched(tenant);
      }
      parts.written({ tenant, runId: append.runId });
    },
    async claim(runId, owner) {
      parts.touched(tenant);
      return useTenant(tenant, (database) => claimRun(database, parts.heads, { tenant, runId }, owner));
    },
    async release(runId, lease) {
      await useTenant(tenant, (database) => releaseRun(database, runId, lease));
      parts.touched(tenant);
    },
    leaveWish: (runId, wish) => useTenant(tenant, (database) => leaveWish(database, runId, wish)),
    read: (runId, { after = 0, limit = 1000 } = {}) =>
      useTenant(tenant, (database) => readEvents(database, runId, after, limit)),
    follow: (runId, options = {}) => followRun(useTenant, parts.followers, { tenant, runId }, options),
    async run(runId) {
      const run = await find('id', runId);
      // Somebody waits for it, and the process that works on it may be one whose signals do not come here.
      if (run && !finalStatuses.has(run.status)) parts.touched(tenant);
      return run;
    },
    runByKey: (key) => find('idempotency_key', key),
    runs: (query = {}) => useTenant(tenant, (database) => listRuns(database, query)),
    verify: (runId) => useTenant(tenant, (database) => verifyRun(database, runId)),
  };
}

async function findRun(database: SqlDatabase, column: string, value: string): Promise<Run | undefined> {
  const [row] = await database.query<RunRow>(
    `SELECT ${runColumns} FROM af_journal_sql_runs WHERE ${column} = ?`,
    [value],
  );
  return row && toRun(row);
}
