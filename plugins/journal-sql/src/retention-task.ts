import { join } from 'node:path';
import {
  createUseTenant,
  everyTenant,
  type MaintenanceTask,
  type SqlDatabase,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import type { RetentionConfig } from './config.ts';
import { addToArchive, type ArchivedRun } from './run-archive.ts';
import { inList, packList } from './sql-list.ts';
import { readHashedEvents, type HashedEvent } from './verify-run.ts';

/** Where and what to keep. */
export interface RetentionOptions extends RetentionConfig {
  readonly tenants: TenantStorage;
  /** The time, in milliseconds since the epoch. */
  readonly now?: () => number;
}

const everyMs = 3_600_000;
const dayMs = 86_400_000;
/** Runs read at once; they are moved as soon as their events are many. */
const runsPerStep = 100;
const eventsPerStep = 5000;

interface OldRow {
  readonly id: string;
  readonly idempotency_key: string | null;
  readonly created_at: number;
  readonly last_seq: number;
  readonly hash: string;
  readonly request: string;
  readonly run: string;
}

interface Cursor {
  readonly createdAt: number;
  readonly id: string;
}

/**
 * Creates the task that removes runs which ended long ago: written to the archive first, where there is one, then
 * deleted. Broken off between the two, the same runs come into the archive twice, and are read from it once.
 */
export function createRetentionTask(options: RetentionOptions): MaintenanceTask {
  const { tenants, days, archiveDir, now = Date.now } = options;
  const useTenant = createUseTenant(tenants);

  /** Moves some runs of a tenant; where to go on, and how many were removed. */
  const step = (
    tenant: string,
    endedBefore: number,
    after: Cursor,
  ): Promise<{ readonly removed: number; readonly next: Cursor | undefined }> =>
    useTenant(tenant, async (database) => {
      const rows = await oldRuns(database, endedBefore, after);
      const last = rows.at(-1);
      const old = rows.filter((row) => endOf(row) < endedBefore);
      for (const part of parts(old)) {
        if (archiveDir !== undefined) await archive(database, tenant, part, archiveDir);
        await remove(database, part);
      }
      const next =
        rows.length === runsPerStep && last ? { createdAt: last.created_at, id: last.id } : undefined;
      return { removed: old.length, next };
    });

  return {
    name: 'journal-retention',
    description: `Removes runs that ended more than ${days} days ago${archiveDir === undefined ? '' : ', to the archive'}.`,
    everyMs,
    async run({ signal, log }) {
      const endedBefore = now() - days * dayMs;
      let removed = 0;
      for await (const tenant of everyTenant(tenants)) {
        let cursor: Cursor | undefined = { createdAt: 0, id: '' };
        while (cursor !== undefined && !signal.aborted) {
          const done = await step(tenant, endedBefore, cursor);
          removed += done.removed;
          cursor = done.next;
        }
        if (signal.aborted) break;
      }
      if (removed > 0)
        log.info(`Removed ${removed} runs that ended before ${new Date(endedBefore).toISOString()}.`);
      return { removed };
    },
  };
}

/** Final runs that began before the time, oldest first. A run is never shorter than the time since its beginning. */
function oldRuns(database: SqlDatabase, before: number, after: Cursor): Promise<readonly OldRow[]> {
  return database.query<OldRow>(
    'SELECT id, idempotency_key, created_at, last_seq, hash, request, run FROM af_journal_sql_runs' +
      ' WHERE created_at < ? AND (created_at, id) > (?, ?) AND outcome IS NOT NULL' +
      ` ORDER BY created_at, id LIMIT ${runsPerStep}`,
    [before, after.createdAt, after.id],
  );
}

function endOf({ run, created_at: createdAt }: OldRow): number {
  // Written from a Run.
  return (JSON.parse(run) as Run).endedAt ?? createdAt;
}

/** Rows in pieces that hold not too many events together. */
function* parts(rows: readonly OldRow[]): Generator<readonly OldRow[]> {
  let part: OldRow[] = [];
  let events = 0;
  for (const row of rows) {
    if (part.length > 0 && events + row.last_seq > eventsPerStep) {
      yield part;
      part = [];
      events = 0;
    }
    part.push(row);
    events += row.last_seq;
  }
  if (part.length > 0) yield part;
}

/** One file for each tenant and month in which runs began. */
async function archive(
  database: SqlDatabase,
  tenant: string,
  rows: readonly OldRow[],
  archiveDir: string,
): Promise<void> {
  const months = Map.groupBy(rows, (row) => new Date(row.created_at).toISOString().slice(0, 7));
  for (const [month, own] of months) {
    const runs: ArchivedRun[] = [];
    for (const row of own) runs.push({ ...named(tenant, row), events: await allEvents(database, row.id) });
    await addToArchive(join(archiveDir, tenant, `${month}.jsonl.gz`), runs);
  }
}

function named(tenant: string, row: OldRow): Omit<ArchivedRun, 'events'> {
  const { id, idempotency_key: idempotencyKey, last_seq: lastSeq, hash, request, run } = row;
  return { id, tenant, idempotencyKey, lastSeq, hash, request, run };
}

async function allEvents(database: SqlDatabase, runId: string): Promise<readonly HashedEvent[]> {
  const events: HashedEvent[] = [];
  for (;;) {
    const page = await readHashedEvents(database, runId, events.at(-1)?.seq ?? 0);
    if (page.length === 0) return events;
    events.push(...page);
  }
}

async function remove(database: SqlDatabase, rows: readonly OldRow[]): Promise<void> {
  const ids = [packList(rows.map(({ id }) => id))];
  const list = inList(database.dialect);
  await database.batch([
    { sql: `DELETE FROM af_journal_sql_events WHERE run_id IN ${list}`, params: ids },
    { sql: `DELETE FROM af_journal_sql_runs WHERE outcome IS NOT NULL AND id IN ${list}`, params: ids },
  ]);
}
