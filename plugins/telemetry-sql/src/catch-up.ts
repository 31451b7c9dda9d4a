import {
  readNewRuns,
  type Journal,
  type RunReader,
  type SqlDatabase,
  type TenantJournal,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import { finalEvents, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { createCountWriter, type CountWriter } from './count-writer.ts';
import { countRun } from './run-counts.ts';

/** What the journal is read with. */
export interface CatchUpParts {
  readonly journal: Journal;
  readonly useTenant: UseTenant;
}

const eventsPerPage = 1000;
/** How long what ended is known after all before it was read: longer than any look at the journal's newest runs takes. */
const knownMs = 86_400_000;
const mostPruned = 1000;

/** Counts what the journal of a tenant has and the tables have not; gives the number of things that were counted. */
export async function catchUp(
  tenant: string,
  { journal, useTenant }: CatchUpParts,
  { slack, signal }: { readonly slack: number; readonly signal?: AbortSignal },
): Promise<number> {
  const runs = journal.tenant(tenant);
  const mark = await useTenant(tenant, readMark);
  const writer = createCountWriter((statements) =>
    useTenant(tenant, (database) => database.batch(statements)),
  );
  const reader: RunReader<number> = {
    placesOf: (ids) =>
      useTenant(tenant, (database) => places(database, `run_id IN (${ids.map(() => '?').join(', ')})`, ids)),
    openPlaces: () => useTenant(tenant, (database) => places(database, 'is_open = 1')),
    read: (run, known) => readOne(run, known, runs, writer),
    forget: (id) => useTenant(tenant, (database) => forget(database, id)),
    flush: () => writer.flush(),
  };
  const newest = await readNewRuns(runs, reader, { since: mark - slack, signal });
  if (newest !== undefined) {
    await useTenant(tenant, (database) => setMark(database, 'read', newest));
    await useTenant(tenant, (database) => prune(database, Math.min(newest, mark) - knownMs));
  }
  return writer.counted;
}

async function readMark(database: SqlDatabase): Promise<number> {
  await database.batch(
    ['read', 'pruned'].map((name) => ({
      sql: 'INSERT INTO af_telemetry_sql_marks (name, value) VALUES (?, 0) ON CONFLICT DO NOTHING',
      params: [name],
    })),
  );
  const [row] = await database.query<{ readonly value: number }>(
    "SELECT value FROM af_telemetry_sql_marks WHERE name = 'read'",
  );
  return row?.value ?? 0;
}

async function places(
  database: SqlDatabase,
  where: string,
  params: readonly string[] = [],
): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ readonly run_id: string; readonly seq: number }>(
    `SELECT run_id, seq FROM af_telemetry_sql_runs WHERE ${where}`,
    params,
  );
  return new Map(rows.map(({ run_id: id, seq }) => [id, seq]));
}

async function readOne(
  run: Run,
  known: number | undefined,
  runs: TenantJournal,
  writer: CountWriter,
): Promise<void> {
  const before = known ?? 0;
  const events: RunEvent[] = [];
  while ((events.at(-1)?.seq ?? before) < run.lastSeq) {
    const page = await runs.read(run.id, { after: events.at(-1)?.seq ?? before, limit: eventsPerPage });
    if (page.length === 0) break;
    // Pieces of answers are most of what a long run has, and count nothing.
    events.push(...page.filter(({ type }) => !type.endsWith('.delta')));
    const last = page.at(-1);
    if (last && last !== events.at(-1)) events.push(last);
  }
  const { happenings, upTo } = countRun(run, events, before);
  const last = events.at(-1);
  const isOver = last ? finalEvents.has(last.type) : run.endedAt !== undefined;
  if (known !== undefined && upTo === known && !isOver) return;
  await writer.add(run, { known, upTo, isOver, happenings });
}

async function setMark(database: SqlDatabase, name: 'read' | 'pruned', value: number): Promise<void> {
  await database.execute('UPDATE af_telemetry_sql_marks SET value = ? WHERE name = ? AND value < ?', [
    value,
    name,
    value,
  ]);
}

/** Forgets where runs were read to that ended and that nobody lists any more. First it is said, then done. */
async function prune(database: SqlDatabase, before: number): Promise<void> {
  if (before <= 0) return;
  const old = await database.query<{ readonly run_id: string; readonly created_at: number }>(
    'SELECT run_id, created_at FROM af_telemetry_sql_runs WHERE created_at < ? AND is_open = 0' +
      ' ORDER BY created_at, run_id LIMIT ?',
    [before, mostPruned],
  );
  const last = old.at(-1);
  if (!last) return;
  // Runs that were created at the same moment as the last go with it.
  const upTo = last.created_at + 1;
  await setMark(database, 'pruned', upTo);
  await database.execute('DELETE FROM af_telemetry_sql_runs WHERE created_at < ? AND is_open = 0', [upTo]);
}

async function forget(database: SqlDatabase, id: string): Promise<void> {
  await database.execute('UPDATE af_telemetry_sql_runs SET is_open = 0 WHERE run_id = ?', [id]);
}
