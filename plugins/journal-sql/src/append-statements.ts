import type { SqlStatement } from '@agent-factory/sdk/contracts';
import type { Run, RunEvent, RunStatus } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';

const createRun =
  'INSERT INTO af_journal_sql_runs (id, agent, status, outcome, idempotency_key, created_at, last_seq, request, run)' +
  ' VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';
const advanceRun =
  'UPDATE af_journal_sql_runs SET status = ?, last_seq = ?, run = ?' +
  ' WHERE id = ? AND last_seq = ? AND outcome IS NULL';
const endRun =
  'UPDATE af_journal_sql_runs SET status = ?, last_seq = ?, run = ?, outcome = ?' +
  ' WHERE id = ? AND last_seq = ? AND outcome IS NULL';
const addEvent = 'INSERT INTO af_journal_sql_events (run_id, seq, type, at, data) VALUES (?, ?, ?, ?, ?)';

/** States a run never leaves. */
export const finalStatuses: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'cancelled']);

/**
 * What appends `events` and brings the run up to date. The run's row is the guard: it must stand at the number
 * before the first event, else the batch is undone.
 */
export function appendStatements(events: readonly RunEvent[], run: Run): readonly SqlStatement[] {
  const [first] = events;
  if (first === undefined) return [];
  checkEvents(events, run);
  try {
    const statements: SqlStatement[] = [runStatement(first, run)];
    for (const { runId, seq, type, at, data } of events)
      statements.push({ sql: addEvent, params: [runId, seq, type, at, JSON.stringify(data)] });
    return statements;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw errors.AF_JOURNAL_EVENTS_INVALID({ runId: run.id, reason }, { cause: error });
  }
}

function runStatement(first: RunEvent, run: Run): SqlStatement {
  // What a run was asked never changes; it may be long, and is written once.
  const { input, metadata, ...progress } = run;
  const { id, agent, status, lastSeq, createdAt } = run;
  const json = JSON.stringify(progress);
  const isFinal = finalStatuses.has(status);
  if (first.seq === 1) {
    const key = first.type === 'run.created' ? (first.data.idempotencyKey ?? null) : null;
    const request = JSON.stringify({ input, metadata });
    const outcome = isFinal ? status : null;
    return { sql: createRun, params: [id, agent, status, outcome, key, createdAt, lastSeq, request, json] };
  }
  const before = first.seq - 1;
  return isFinal
    ? { sql: endRun, params: [status, lastSeq, json, status, id, before], changes: 1 }
    : { sql: advanceRun, params: [status, lastSeq, json, id, before], changes: 1 };
}

function checkEvents(events: readonly RunEvent[], run: Run): void {
  const runId = run.id;
  let expected = events[0]?.seq ?? 1;
  if (!(Number.isSafeInteger(expected) && expected > 0))
    throw errors.AF_JOURNAL_EVENTS_INVALID({ runId, reason: `${expected} is no number of an event` });
  for (const { runId: owner, seq, at, data } of events) {
    if (owner !== runId)
      throw errors.AF_JOURNAL_EVENTS_INVALID({ runId, reason: `event ${seq} belongs to run ${owner}` });
    if (seq !== expected)
      throw errors.AF_JOURNAL_CONFLICT({ runId, seq, reason: `number ${expected} is missing before it` });
    if (!Number.isSafeInteger(at) || data === undefined)
      throw errors.AF_JOURNAL_EVENTS_INVALID({ runId, reason: `event ${seq} has no data or no whole time` });
    expected++;
  }
  if (run.lastSeq !== expected - 1) {
    const reason = `the run says ${run.lastSeq} is its last event, but ${expected - 1} is`;
    throw errors.AF_JOURNAL_EVENTS_INVALID({ runId, reason });
  }
}
