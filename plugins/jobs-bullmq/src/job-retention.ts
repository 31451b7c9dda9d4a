import type { JsonObject } from '@agent-factory/sdk';
import type { JobLedger } from './job-ledger.ts';

const pageSize = 500;
const dayMs = 24 * 3600 * 1000;

/** Removes jobs that ended long ago, in small steps; children only when nothing waits for them any more. */
export async function removeOldJobs(
  { storage, sql }: JobLedger,
  keepDays: number,
  signal: AbortSignal,
): Promise<JsonObject> {
  let removed = 0;
  while (!signal.aborted) {
    const { changes } = await storage.execute(
      `DELETE FROM af_jobs_bullmq_jobs WHERE id IN (
        SELECT j.id FROM af_jobs_bullmq_jobs j
        WHERE j.state IN ('completed', 'dead', 'cancelled') AND j.ended_at < ${sql.now} - ?
          AND NOT EXISTS (SELECT 1 FROM af_jobs_bullmq_children c
            JOIN af_jobs_bullmq_jobs p ON p.id = c.parent
            WHERE c.child = j.id AND p.state NOT IN ('completed', 'dead', 'cancelled'))
        ORDER BY j.id LIMIT ${pageSize})`,
      [keepDays * dayMs],
    );
    removed += changes;
    if (changes < pageSize) break;
  }
  return { removed };
}
