import { defaultTenant, type TenantStorage } from '@agent-factory/sdk/contracts';
import { sampleAppends } from './sample-events.ts';

/** Runs that fill the journal; nine events each make a million. */
export const filledRuns = 111_112;
const runsPerStep = 5556;

/** Id of the run of a number. */
export function idOf(number: number): string {
  return `run-${100_000_000 + number}`;
}

/** When the run of a number began. */
export function createdAt(number: number): number {
  return 1_790_000_000_000 + number * 100;
}

/**
 * Fills the journal's tables with final runs of twenty agents, one in fifty failed, by statements that make the rows in
 * the database itself. Their hashes are none: nobody verifies them.
 */
export async function fillJournal(tenants: TenantStorage): Promise<void> {
  const sample = sampleAppends('run-100000000', createdAt(0));
  const last = sample.at(-1);
  if (last === undefined) throw new Error('A sample run has no appends.');
  const { input, metadata, createdAt: _, id, subject, ...progress } = last.run;
  const request = JSON.stringify({ id, subject, input, metadata, createdAt: createdAt(0) });
  const events = sample.flatMap((each) => each.events);
  const database = await tenants.tenant(defaultTenant);
  const hash = '-'.repeat(43);
  for (let first = 0; first < filledRuns; first += runsPerStep) {
    const end = Math.min(first + runsPerStep, filledRuns);
    const numbers = `WITH RECURSIVE n(i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${end})`;
    const runId = "'run-' || CAST(100000000 + n.i AS TEXT)";
    const status = "CASE WHEN (n.i / 20) % 50 = 7 THEN 'failed' ELSE 'succeeded' END";
    await database.batch([
      {
        sql:
          'INSERT INTO af_journal_sql_runs (id, subject, status, outcome, created_at, last_seq, hash, fence, request, run) ' +
          `${numbers} SELECT ${runId}, 'agent/agent-' || CAST(n.i % 20 AS TEXT), ${status}, ${status},` +
          ` 1790000000000 + n.i * CAST(100 AS BIGINT), 9, '${hash}', 1, CAST(? AS TEXT), CAST(? AS TEXT) FROM n`,
        params: [request, JSON.stringify(progress)],
      },
      ...events.map(({ seq, type, data }) => ({
        sql:
          'INSERT INTO af_journal_sql_events (run_id, seq, type, at, data, hash) ' +
          `${numbers} SELECT ${runId}, ${seq}, '${type}', 1790000000000 + n.i * CAST(100 AS BIGINT), CAST(? AS TEXT), '${hash}' FROM n`,
        params: [JSON.stringify(data)],
      })),
    ]);
  }
}
