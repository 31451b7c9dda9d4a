import type { HookCaller } from '@agent-factory/sdk';
import type {
  beforeSettle,
  RunAddress,
  RunLease,
  SqlStatement,
  TenantJournal,
} from '@agent-factory/sdk/contracts';
import { finalEvents, type Run, type RunEvent } from '@agent-factory/sdk/domain';

/** One moment by both clocks: neither sees every pause (a set-back clock, a suspended machine). */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** This moment. */
export function now(): Moment {
  return { monotonic: performance.now(), wall: Date.now() };
}

/** What a held run knows besides. */
export interface HeldRunOptions {
  /** Is asked for what is written with the event by which the run ends or waits. */
  readonly beforeSettle: HookCaller<typeof beforeSettle>;
  /** A moment before the lease was asked for; without it, the first append will ask for it. */
  readonly since?: Moment | undefined;
}

/**
 * A run that belongs to this process, as far as it knows. The database decides by its own clock; here only the time
 * counts that surely is left, from before the last request that was acknowledged.
 */
export class HeldRun {
  readonly address: RunAddress;
  readonly lease: RunLease;
  readonly #journal: TenantJournal;
  readonly #beforeSettle: HeldRunOptions['beforeSettle'];
  #since: Moment | undefined;

  constructor(
    journal: TenantJournal,
    address: RunAddress,
    lease: RunLease,
    { beforeSettle: settle, since }: HeldRunOptions,
  ) {
    this.#journal = journal;
    this.#beforeSettle = settle;
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
    await this.#journal.append(events, run, this.lease, this.#withSettling(events, run, along));
    this.extend(since);
  }

  /** A run that ends or waits does so with its last event. */
  #withSettling(
    events: readonly RunEvent[],
    run: Run,
    along: readonly SqlStatement[],
  ): readonly SqlStatement[] {
    const event = events.at(-1);
    if (!event || (event.type !== 'run.waiting' && !finalEvents.has(event.type))) return along;
    return this.#beforeSettle({ tenant: this.address.tenant, event, run, along }).along;
  }

  /** Gives the run back for others to claim. */
  release(): Promise<void> {
    return this.#journal.release(this.address.runId, this.lease);
  }
}
