import type { Journal, SqlDatabase, UseTenant } from '@agent-factory/sdk/contracts';
import { leavePlace } from './quota-state.ts';

const mostAtOnce = 500;
const mostAbandoned = 1000;

/**
 * Gives back the places of runs that nobody works on any more: those that ended, wait or are gone, and those whose
 * process died, which take theirs again when somebody goes on with them. Gives how many it were.
 */
export async function freePlaces(tenant: string, journal: Journal, useTenant: UseTenant): Promise<number> {
  const runs = journal.tenant(tenant);
  const rows = await useTenant(tenant, (database: SqlDatabase) =>
    database.query<{ readonly run_id: string }>(
      `SELECT run_id FROM af_quotas_sql_places ORDER BY run_id LIMIT ${mostAtOnce}`,
    ),
  );
  if (rows.length === 0) return 0;
  const abandoned = await journal.abandoned({ limit: mostAbandoned });
  const alone = new Set(abandoned.filter((run) => run.tenant === tenant).map(({ runId }) => runId));
  let freed = 0;
  for (const { run_id: id } of rows) {
    const run = await runs.run(id);
    // One that is queued waits for a worker, and was not forgotten.
    if (run?.status === 'queued' || (run?.status === 'running' && !alone.has(id))) continue;
    await useTenant(tenant, (database) => database.batch([leavePlace(id)]));
    freed += 1;
  }
  return freed;
}
