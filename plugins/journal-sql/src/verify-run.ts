import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { eventHash } from './event-chain.ts';
import type { StoredEvent } from './prepared-append.ts';

/** An event with the hash it was given. */
export interface HashedEvent extends StoredEvent {
  readonly hash: string;
}

/** The first thing that is wrong with a run. */
export interface ChainFault {
  /** Number of the event. */
  readonly seq: number;
  readonly reason: string;
}

/** Where a check stands: number and hash of the last event that is right. */
export interface ChainCheck {
  seq: number;
  hash: string;
}

/** Events read at once. */
const pageSize = 500;

/** Checks a run against its chain, page by page; events that are appended meanwhile too. */
export async function verifyRun(database: SqlDatabase, runId: string): Promise<ChainFault | undefined> {
  const check: ChainCheck = { seq: 0, hash: '' };
  let end: { readonly last_seq: number; readonly hash: string } | undefined;
  for (;;) {
    const page = await readHashedEvents(database, runId, check.seq);
    for (const event of page) {
      const fault = checkEvent(check, runId, event);
      if (fault !== undefined) return fault;
    }
    if (page.length === pageSize) continue;
    if (page.length === 0 && end !== undefined) return checkEnd(check, end.last_seq, end.hash);
    [end] = await database.query('SELECT last_seq, hash FROM af_journal_sql_runs WHERE id = ?', [runId]);
    if (end === undefined) return { seq: 1, reason: 'there is no such run' };
    // More than was read: it is missing, or has come since; another look tells.
    if (end.last_seq <= check.seq) return checkEnd(check, end.last_seq, end.hash);
  }
}

/** Checks the next event, and moves on to it. */
export function checkEvent(check: ChainCheck, runId: string, event: HashedEvent): ChainFault | undefined {
  const seq = check.seq + 1;
  if (event.seq !== seq) return { seq, reason: `it is missing: number ${event.seq} comes next` };
  if (eventHash(check.hash, runId, event) !== event.hash)
    return { seq, reason: 'its hash does not fit: it, or its place, was changed' };
  check.seq = seq;
  check.hash = event.hash;
  return undefined;
}

/** Compares where the events end with what their run says. */
export function checkEnd(check: ChainCheck, lastSeq: number, hash: string): ChainFault | undefined {
  const { seq } = check;
  if (seq < lastSeq) return { seq: seq + 1, reason: `it is missing: the run has ${lastSeq} events` };
  if (seq > lastSeq) return { seq: lastSeq + 1, reason: `the run has only ${lastSeq} events` };
  return check.hash === hash ? undefined : { seq, reason: 'the run was given another hash as its last' };
}

/** The next page of a run's events after `after`, as they are stored. */
export function readHashedEvents(
  database: SqlDatabase,
  runId: string,
  after: number,
): Promise<readonly HashedEvent[]> {
  return database.query<HashedEvent>(
    'SELECT seq, type, at, data, hash FROM af_journal_sql_events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?',
    [runId, after, pageSize],
  );
}
