import type { RunAddress, RunLease, SqlStatement, TenantJournal } from '@agent-factory/sdk/contracts';
import type { Run, RunEvent } from '@agent-factory/sdk/domain';

/** One moment by both clocks: neither sees every pause (a set-back clock, a suspended machine). */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** This moment. */
export function now(): Moment {
  return { monotonic: performance.now(), wall: Date.now() };
}

/**
 * A run that belongs to this process, as far as it knows. The database decides by its own clock; here only the time
 * counts that surely is left, from before the last request that was acknowledged.
 */
export class HeldRun {
  readonly address: RunAddress;
  readonly lease: RunLease;
  readonly #journal: TenantJournal;
  #since: Moment | undefined;

  /** `since`: a moment before the lease was asked for; without it, the first append will ask for it. */
  constructor(journal: TenantJournal, address: RunAddress, lease: RunLease, since?: Moment) {
    this.#journal = journal;
    this.address = address;
    this.lease = lease;
    this.#since = since;
  }

  /** Whether the journal has granted the lease, so that it can be renewed and lost. */
  get isGranted(): boolean {
    return this.#since !== undefined;
  }

  /** Whether nobody else can own the run by now. */
  get isCertain(): boolean {
    if (!this.#since) return false;
    const { ttlMs } = this.lease;
    const { monotonic, wall } = this.#since;
    return performance.now() - monotonic < ttlMs && Date.now() - wall < ttlMs;
  }

  /** Begins the time anew: a request sent at that moment was acknowledged. */
  extend(since: Moment): void {
    this.#since = since;
  }

  /** Appends events under the lease; `along`: what is written in the same transaction. */
  async append(events: readonly RunEvent[], run: Run, along: readonly SqlStatement[] = []): Promise<void> {
    const since = now();
    await this.#journal.append(events, run, this.lease, along);
    this.extend(since);
  }

  /** Gives the run back for others to claim. */
  release(): Promise<void> {
    return this.#journal.release(this.address.runId, this.lease);
  }
}
