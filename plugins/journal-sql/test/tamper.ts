import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import type { JournalFixture } from '@agent-factory/sdk/testing';

const events = 'af_journal_sql_events';

/** Changes the table of events as the journal never does. */
export async function tamperWith(
  database: SqlDatabase,
  kind: Parameters<JournalFixture['tamper']>[0],
  runId: string,
  seq: number,
): Promise<void> {
  const at = `WHERE run_id = ? AND seq = ?`;
  if (kind === 'change')
    await database.execute(`UPDATE ${events} SET data = ? ${at}`, ['{"turn":1,"provider":"x"}', runId, seq]);
  if (kind === 'remove') await database.execute(`DELETE FROM ${events} ${at}`, [runId, seq]);
  if (kind === 'cut')
    await database.execute(`DELETE FROM ${events} WHERE run_id = ? AND seq >= ?`, [runId, seq]);
  if (kind !== 'swap') return;
  const renumber = `UPDATE ${events} SET seq = ? ${at}`;
  await database.batch([
    { sql: renumber, params: [1_000_000, runId, seq] },
    { sql: renumber, params: [seq, runId, seq + 1] },
    { sql: renumber, params: [seq + 1, runId, 1_000_000] },
  ]);
}
