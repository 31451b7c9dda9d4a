import { defineContract, type SingleContract } from '../contract.ts';
import type { RunEvent } from '../domain/event.ts';
import type { Run, RunStatus, RunSubject } from '../domain/run.ts';
import type { JsonObject } from '../json.ts';
import type { SqlStatement } from './storage.ts';

/** Which runs to list, newest first. */
export interface RunQuery {
  /** Only runs of this agent, workflow or router. */
  readonly subject?: Pick<RunSubject, 'kind' | 'name'>;
  readonly status?: readonly RunStatus[];
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  /** Runs created before this one (its id): the last of the page before. */
  readonly before?: string;
}

/** Who wants to work on runs, and for how long at a time. */
export interface RunOwner {
  /** Names the process, unique among all that ever were. */
  readonly owner: string;
  /** Milliseconds, by the database's clock, until others may take the run; every append and `renew` begins them anew. */
  readonly ttlMs: number;
}

/** The right to advance one run, until it is lost, released, or the run is final. */
export interface RunLease extends RunOwner {
  /** Grows each time the run changes hands; an append with an older one is refused (AF_JOURNAL_FENCED). */
  readonly fence: number;
}

/** A run in the tenant it belongs to. */
export interface RunAddress {
  readonly tenant: string;
  readonly runId: string;
}

/** The runs of one tenant. */
export interface TenantJournal {
  /**
   * Appends events, all or none; resolves once they are as durable as configured. The caller numbers them; a
   * number already taken or a gap is refused (AF_JOURNAL_CONFLICT), so two writers never both advance a run; so
   * is anything after a final event, and a first event whose idempotency key has started another run (find that
   * one with `runByKey`). `run` is the run after these events, kept beside them for lists; its input and metadata
   * are kept from the first append and never change. Append several events at once where you can: each call
   * that is waited for costs a commit.
   *
   * With the first event, a lease of fence 1 makes the caller the run's owner, and none leaves it for a worker to claim.
   * Later events need the lease under which they happened: when the run has changed hands they are refused
   * (AF_JOURNAL_FENCED) and nothing is written. A final event ends the lease.
   *
   * `along`: statements on the tenant's database that are written in the same transaction, after the events, all or
   * none. Whoever gives them knows that nothing can stand against them: one that fails has the append refused. With a
   * run's first event they may be guards (`changes`): where one fails, that is what it is refused with (AF_STORAGE_GUARD_FAILED).
   */
  append(
    events: readonly RunEvent[],
    run: Run,
    lease?: RunLease,
    along?: readonly SqlStatement[],
  ): Promise<void>;
  /**
   * Makes the caller the owner of a run that is not final and that nobody owns (any more); `undefined` when somebody
   * does, or it is final. A waiting run can be claimed too.
   */
  claim(runId: string, owner: RunOwner): Promise<RunLease | undefined>;
  /** Gives the run back at once; a lease lost before is no error. */
  release(runId: string, lease: RunLease): Promise<void>;
  /**
   * Leaves a wish for whoever owns the run, which `renew` tells it, in the order left, until the run is final. The same
   * wish is left once. A run that is final, or not there, takes none.
   */
  leaveWish(runId: string, wish: JsonObject): Promise<void>;

  /** Events of a run after `after` (default 0), in order; at most `limit` (default 1,000). */
  read(
    runId: string,
    options?: { readonly after?: number; readonly limit?: number },
  ): Promise<readonly RunEvent[]>;
  /**
   * Events of a run after `after`, then new ones as they are written, by any process; ends after a final event, or
   * when `signal` aborts.
   */
  follow(
    runId: string,
    options?: { readonly after?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<RunEvent>;
  /** The run as of its last event. */
  run(runId: string): Promise<Run | undefined>;
  /** The run started with this idempotency key. */
  runByKey(idempotencyKey: string): Promise<Run | undefined>;
  /** Runs, newest first. */
  runs(query?: RunQuery): Promise<readonly Run[]>;
  /**
   * Checks a run's hash chain: each event's hash covers the event before, so that nothing can be changed, left out or
   * cut off unseen. `undefined` when all is well; else the number of the first event that is wrong, and why.
   */
  verify(runId: string): Promise<{ readonly seq: number; readonly reason: string } | undefined>;
}

/** What `renew` found. */
export interface RenewedLeases {
  /** Runs that belong to somebody else now, or are final: stop at once. */
  readonly lost: readonly RunAddress[];
  /** What others wish of these runs; each time all that was left. */
  readonly wishes: readonly (RunAddress & { readonly wish: JsonObject })[];
}

/** A run that nobody works on. */
export interface AbandonedRun extends RunAddress {
  /** It waits, and its time has come. */
  readonly due?: true;
}

/** The append-only record of every run. SQL is the truth; a run can be rebuilt from its events alone. */
export interface Journal {
  /** The runs of a tenant. One that does not exist is found out by the first call (AF_TENANT_UNKNOWN). */
  tenant(id: string): TenantJournal;
  /** Begins the time of leases anew, all in few statements. */
  renew(leases: readonly (RunAddress & RunLease)[]): Promise<RenewedLeases>;
  /**
   * Runs of any tenant that nobody owns (any more) and that can go on: queued or running ones (the call to work was
   * lost, or the worker), and waiting ones whose `wakeAt` has come. At most `limit` (default 100).
   */
  abandoned(options?: { readonly limit?: number }): Promise<readonly AbandonedRun[]>;
}

/** Token of {@link Journal}. */
export const Journal: SingleContract<Journal> = defineContract<Journal>({
  id: 'journal',
  version: '1.0.0',
  description: 'The append-only record of every run.',
});

const eventsAtOnce = 1_000;

/** Every event of a run, in order. */
export async function eventsOfRun(
  journal: Pick<TenantJournal, 'read'>,
  runId: string,
): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for (;;) {
    const page = await journal.read(runId, { after: events.length, limit: eventsAtOnce });
    events.push(...page);
    if (page.length < eventsAtOnce) return events;
  }
}
