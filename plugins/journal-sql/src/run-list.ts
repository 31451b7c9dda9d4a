import type { RunQuery, SqlDatabase, SqlValue } from '@agent-factory/sdk/contracts';
import type { Run, RunStatus } from '@agent-factory/sdk/domain';
import { finalStatuses, subjectText } from './prepared-append.ts';
import { errors } from './errors.ts';

/** A run as it lies in its table. */
export interface RunRow {
  readonly request: string;
  readonly run: string;
}

/** Columns of {@link RunRow}. */
export const runColumns = 'request, run';

/** Puts a run together again: what it was asked, and how far it is. */
export function toRun(row: RunRow): Run {
  // Both were written from one Run.
  return JSON.parse(joined(row)) as Run;
}

/** Two JSON objects as one, which is read in one go. Neither is ever empty. */
function joined({ request, run }: RunRow): string {
  return `${request.slice(0, -1)},${run.slice(1)}`;
}

const statuses: readonly RunStatus[] = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'];
const mostRuns = 200;

/** Runs that match `query`, newest first. */
export async function listRuns(database: SqlDatabase, query: RunQuery): Promise<readonly Run[]> {
  const { subject, status, limit = 50, before } = query;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= mostRuns))
    throw errors.AF_JOURNAL_QUERY_INVALID({ reason: `the limit is ${limit}` });
  const conditions: string[] = [];
  const params: SqlValue[] = [];
  if (subject !== undefined) {
    conditions.push('subject = ?');
    params.push(subjectText(subject));
  }
  if (status !== undefined) {
    if (status.length === 0) return [];
    conditions.push(statusCondition(status));
  }
  if (before !== undefined) {
    // One look for the place and the page together; two scalars, because an index serves those and no row.
    conditions.push('(created_at, id) < ((SELECT created_at FROM af_journal_sql_runs WHERE id = ?), ?)');
    params.push(before, before);
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const rows = await database.query<RunRow>(
    `SELECT ${runColumns} FROM af_journal_sql_runs ${where} ORDER BY created_at DESC, id DESC LIMIT ?`,
    [...params, limit],
  );
  if (rows.length === 0 && before !== undefined) await checkCursor(database, before);
  // Read all at once, which costs half as much as one by one.
  return JSON.parse(`[${rows.map(joined).join(',')}]`) as readonly Run[];
}

/** A page before a run that is not there is as empty as one after the last. */
async function checkCursor(database: SqlDatabase, before: string): Promise<void> {
  const [found] = await database.query('SELECT id FROM af_journal_sql_runs WHERE id = ?', [before]);
  if (found === undefined) throw errors.AF_JOURNAL_QUERY_INVALID({ reason: `there is no run ${before}` });
}

/** The states as literals: only then does an engine see that a partial index covers them. */
function statusCondition(wanted: readonly RunStatus[]): string {
  const unknown = wanted.find((each) => !statuses.includes(each));
  if (unknown !== undefined)
    throw errors.AF_JOURNAL_QUERY_INVALID({ reason: `there is no state "${unknown}"` });
  const list = statuses.filter((each) => wanted.includes(each));
  const condition = `status IN (${list.map((each) => `'${each}'`).join(', ')})`;
  if (!list.some((each) => finalStatuses.has(each))) return `outcome IS NULL AND ${condition}`;
  const isLost = list.every((each) => each === 'failed' || each === 'cancelled');
  return isLost ? `outcome IN ('failed', 'cancelled') AND ${condition}` : condition;
}
