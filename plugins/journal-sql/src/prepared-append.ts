import type { RunLease, SqlStatement } from '@agent-factory/sdk/contracts';
import type { Run, RunEvent, RunStatus, RunSubject } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';

/** An event as it will be stored. */
export interface StoredEvent {
  readonly seq: number;
  readonly type: string;
  readonly at: number;
  /** JSON. */
  readonly data: string;
}

/** What is kept of a run's beginning and never changes. */
export interface RunBeginning {
  /** Kind and name of what is executed: `agent/guide`. */
  readonly subject: string;
  readonly key: string | null;
  readonly createdAt: number;
  /** What never changes of the run, as JSON. It may be long, and is written once. */
  readonly request: string;
}

/** An append as text, so that nothing the caller does to its objects afterwards matters. */
export interface PreparedAppend {
  readonly runId: string;
  /** Number of the event before the first; 0 begins a run. */
  readonly before: number;
  readonly lastSeq: number;
  readonly status: RunStatus;
  /** The status, if it is final. */
  readonly outcome: RunStatus | null;
  /** When a waiting run goes on by itself. */
  readonly wakeAt: number | null;
  readonly owner: string | null;
  /** 0 when nobody ever owned the run. */
  readonly fence: number;
  readonly ttlMs: number | null;
  readonly beginning: RunBeginning | undefined;
  readonly events: readonly StoredEvent[];
  /** The rest of the run, as JSON. */
  readonly run: string;
  /** What others write in the same transaction. */
  readonly along: readonly SqlStatement[];
}

/** States a run never leaves. */
export const finalStatuses: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'cancelled']);

/** Checks an append of at least one event, and turns it into text. */
export function prepareAppend(
  events: readonly RunEvent[],
  run: Run,
  lease: RunLease | undefined,
  along: readonly SqlStatement[],
): PreparedAppend {
  checkEvents(events, run);
  const first = events[0] as RunEvent; // the caller has looked
  if (lease !== undefined) checkLease(run.id, lease, first.seq);
  try {
    return {
      runId: run.id,
      before: first.seq - 1,
      lastSeq: run.lastSeq,
      status: run.status,
      outcome: finalStatuses.has(run.status) ? run.status : null,
      wakeAt: run.wakeAt ?? null,
      owner: lease?.owner ?? null,
      fence: lease?.fence ?? 0,
      ttlMs: lease?.ttlMs ?? null,
      beginning:
        first.seq > 1
          ? undefined
          : {
              subject: subjectText(run.subject),
              key: first.type === 'run.created' ? (first.data.idempotencyKey ?? null) : null,
              createdAt: run.createdAt,
              request: JSON.stringify(requestOf(run)),
            },
      events: events.map(({ seq, type, at, data }) => ({ seq, type, at, data: JSON.stringify(data) })),
      run: JSON.stringify(progressOf(run)),
      along,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw errors.AF_JOURNAL_EVENTS_INVALID({ runId: run.id, reason }, { cause: error });
  }
}

/** How a subject is stored, so that one column finds it. */
export function subjectText({ kind, name }: Pick<RunSubject, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

function requestOf({ id, subject, parent, forkOf, session, input, metadata, createdAt }: Run): Partial<Run> {
  return {
    id,
    subject,
    ...(parent && { parent }),
    ...(forkOf && { forkOf }),
    ...(session !== undefined && { session }),
    input,
    ...(metadata && { metadata }),
    createdAt,
  };
}

/**
 * What may change. A row is written anew with every append, so that every byte of it counts. What is undefined is not
 * written as JSON, and is faster than leaving it out.
 */
function progressOf(run: Run): object {
  return {
    ...run,
    id: undefined,
    subject: undefined,
    parent: undefined,
    forkOf: undefined,
    session: undefined,
    input: undefined,
    metadata: undefined,
    createdAt: undefined,
  };
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

/** A day: a run that nobody may take for longer was not meant. */
const longestLeaseMs = 86_400_000;

/** Refuses an owner nobody could be told apart by, or a time that is none. */
export function checkOwner(runId: string, owner: string, ttlMs: number): void {
  if (owner === '' || owner.length > 200)
    throw errors.AF_JOURNAL_LEASE_INVALID({ runId, reason: `"${owner}" names no owner` });
  if (!(Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= longestLeaseMs))
    throw errors.AF_JOURNAL_LEASE_INVALID({ runId, reason: `it would last ${ttlMs} ms` });
}

function checkLease(runId: string, { owner, ttlMs, fence }: RunLease, seq: number): void {
  checkOwner(runId, owner, ttlMs);
  if (!(Number.isSafeInteger(fence) && fence >= 1) || (seq === 1 && fence !== 1))
    throw errors.AF_JOURNAL_LEASE_INVALID({ runId, reason: `${fence} is no fence of event ${seq}` });
}
