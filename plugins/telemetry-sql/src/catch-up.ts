import type { Journal, SqlDatabase, TenantJournal, UseTenant } from '@agent-factory/sdk/contracts';
import { finalEvents, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { createCountWriter, type CountWriter } from './count-writer.ts';
import { countRun } from './run-counts.ts';

/** What the journal is read with. */
export interface CatchUpParts {
  readonly journal: Journal;
  readonly useTenant: UseTenant;
}

const runsPerPage = 200;
const eventsPerPage = 1000;
/**
 * Runs may become visible after others that were created later: how long after is looked for by whoever looks from time
 * to time, and by whoever waits for the answer.
 */
export const slackMs = 60_000;
export const shortSlackMs = 2000;
/** How long what ended is known after all before it was read: longer than any look at the journal's newest runs takes. */
const knownMs = 86_400_000;
const mostPruned = 1000;

interface Known {
  readonly run_id: string;
  readonly seq: number;
}

/** Counts what the journal of a tenant has and the tables have not; gives the number of things that were counted. */
export async function catchUp(
  tenant: string,
  { journal, useTenant }: CatchUpParts,
  { slack, signal }: { readonly slack: number; readonly signal?: AbortSignal },
): Promise<number> {
  const runs = journal.tenant(tenant);
  const mark = await useTenant(tenant, readMark);
  const since = mark - slack;
  const writer = createCountWriter((statements) =>
    useTenant(tenant, (database) => database.batch(statements)),
  );
  let newest: number | undefined;
  for (let before: string | undefined; ;) {
    const page = await runs.runs({ limit: runsPerPage, ...(before !== undefined && { before }) });
    newest ??= page[0]?.createdAt;
    const recent = page.filter(({ createdAt }) => createdAt >= since);
    const known = await useTenant(tenant, (database) => knownAmong(database, recent));
    for (const run of recent) {
      if (signal?.aborted) break;
      await readOne(run, known.get(run.id), runs, writer);
    }
    before = page.at(-1)?.id;
    if (signal?.aborted || page.length < runsPerPage || recent.length < page.length) break;
  }
  await writer.flush();
  if (signal?.aborted) return writer.counted;
  // Runs that had not ended when they were read.
  const open = await useTenant(tenant, (database) =>
    database.query<Known>('SELECT run_id, seq FROM af_telemetry_sql_runs WHERE is_open = 1'),
  );
  for (const { run_id: id, seq } of open) {
    if (signal?.aborted) break;
    const run = await runs.run(id);
    if (run) await readOne(run, seq, runs, writer);
    else await useTenant(tenant, (database) => forget(database, id));
  }
  await writer.flush();
  if (newest !== undefined && !signal?.aborted) {
    const to = newest;
    await useTenant(tenant, (database) => setMark(database, 'read', to));
    await useTenant(tenant, (database) => prune(database, Math.min(to, mark) - knownMs));
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

async function knownAmong(database: SqlDatabase, runs: readonly Run[]): Promise<ReadonlyMap<string, number>> {
  if (runs.length === 0) return new Map();
  const known = await database.query<Known>(
    `SELECT run_id, seq FROM af_telemetry_sql_runs WHERE run_id IN (${runs.map(() => '?').join(', ')})`,
    runs.map(({ id }) => id),
  );
  return new Map(known.map(({ run_id: id, seq }) => [id, seq]));
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
