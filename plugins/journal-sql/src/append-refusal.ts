import { isAgentFactoryError } from '@agent-factory/sdk';
import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import type { PreparedAppend } from './prepared-append.ts';

interface Standing {
  readonly last_seq: number;
  readonly status: string;
  readonly outcome: string | null;
  readonly owner: string | null;
  readonly fence: number;
}

/** Why the database refused an append: the run changed hands, or stands elsewhere. `cause`: how it was found out. */
export async function explainRefusal(
  database: SqlDatabase,
  { runId, before, owner, fence, along }: PreparedAppend,
  cause?: unknown,
): Promise<Error> {
  const [row] = await database.query<Standing>(
    'SELECT last_seq, status, outcome, owner, fence FROM af_journal_sql_runs WHERE id = ?',
    [runId],
  );
  const seq = before + 1;
  if (row !== undefined && before > 0) {
    let reason: string | undefined;
    if (row.fence !== fence) reason = `it was claimed by another, under fence ${row.fence}`;
    else if (row.outcome === null && row.owner !== owner) reason = 'it was given back';
    if (reason !== undefined) return errors.AF_JOURNAL_FENCED({ runId, seq, fence, reason }, { cause });
  }
  // Nothing of a beginning itself is a guard: one of those that were to be written along with it failed.
  if (before === 0 && row === undefined && isAgentFactoryError(cause, 'AF_STORAGE_GUARD_FAILED'))
    return cause;
  // The run stands where it should: what was to be written along with it was refused, and says so itself.
  if (cause instanceof Error && along.length > 0 && row?.last_seq === before && row.outcome === null)
    return cause;
  let reason = `the run stands at event ${row?.last_seq} (${row?.status})`;
  if (row === undefined)
    reason = before === 0 ? 'its idempotency key has started another run' : 'there is no such run';
  return errors.AF_JOURNAL_CONFLICT({ runId, seq, reason }, { cause });
}
