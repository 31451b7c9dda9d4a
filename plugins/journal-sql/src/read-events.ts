import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import type { StoredEvent } from './prepared-append.ts';

/** Events of a run after `after`, in order. */
export async function readEvents(
  database: SqlDatabase,
  runId: string,
  after: number,
  limit: number,
): Promise<readonly RunEvent[]> {
  const rows = await database.query<StoredEvent>(
    'SELECT seq, type, at, data FROM af_journal_sql_events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?',
    [runId, after, limit],
  );
  // Written from RunEvents, so that type and data belong together.
  return rows.map(
    ({ seq, type, at, data }) => ({ runId, seq, type, at, data: JSON.parse(data) }) as RunEvent,
  );
}
