import type { RunQuery, SqlValue, Storage } from '@agent-factory/sdk/contracts';
import type { Run, RunStatus } from '@agent-factory/sdk/domain';
import { finalStatuses } from './append-statements.ts';
import { errors } from './errors.ts';

/** A run as it lies in its table. */
export interface RunRow {
  readonly request: string;
  readonly run: string;
}

/** Columns of {@link RunRow}. */
export const runColumns = 'request, run';

/** Puts a run together again: what it was asked, and how far it is. */
export function toRun({ request, run }: RunRow): Run {
  // Both were written from one Run.
  return { ...(JSON.parse(request) as Partial<Run>), ...(JSON.parse(run) as Run) };
}

const statuses: readonly RunStatus[] = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'];
const mostRuns = 200;

/** Runs that match `query`, newest first. */
export async function listRuns(storage: Storage, query: RunQuery): Promise<readonly Run[]> {
  const { agent, status, limit = 50, before } = query;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= mostRuns))
    throw errors.AF_JOURNAL_QUERY_INVALID({ reason: `the limit is ${limit}` });
  const conditions: string[] = [];
  const params: SqlValue[] = [];
  if (agent !== undefined) {
    conditions.push('agent = ?');
    params.push(agent);
  }
  if (status !== undefined) {
    if (status.length === 0) return [];
    conditions.push(statusCondition(status));
  }
  if (before !== undefined) {
    const [cursor] = await storage.query<{ created_at: number }>(
      'SELECT created_at FROM af_journal_sql_runs WHERE id = ?',
      [before],
    );
    if (cursor === undefined) throw errors.AF_JOURNAL_QUERY_INVALID({ reason: `there is no run ${before}` });
    conditions.push('(created_at, id) < (?, ?)');
    params.push(cursor.created_at, before);
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const rows = await storage.query<RunRow>(
    `SELECT ${runColumns} FROM af_journal_sql_runs ${where} ORDER BY created_at DESC, id DESC LIMIT ?`,
    [...params, limit],
  );
  return rows.map(toRun);
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
