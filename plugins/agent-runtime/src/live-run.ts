import { isAgentFactoryError, type HookCaller, type Lease, type Logger } from '@agent-factory/sdk';
import type { onEvent, RunAddress, RunLease } from '@agent-factory/sdk/contracts';
import { finalEvents } from '@agent-factory/sdk/domain';
import type { Run, RunEvent, RunEventData, RunEventType } from '@agent-factory/sdk/domain';
import { runKey, type ActiveRun, type ActiveRuns, type RunOutcome } from './active-runs.ts';
import type { LoadedAgent } from './agent-definitions.ts';
import type { HeldRun } from './held-run.ts';
import type { KeptRun, LeaseKeeper } from './lease-keeper.ts';
import { advance, firstState, type RunState } from './run-state.ts';
import { tellAll } from './tell-events.ts';

/** Milliseconds between attempts to make sure of a lease. */
const secureMs = 250;

/** Why work on a run must end before the run does. `fenced`: it is somebody else's; `lost`: its events could not be written. */
export type Stop =
  | { readonly kind: 'cancelled' | 'timed-out' | 'released' | 'fenced' }
  | { readonly kind: 'lost'; readonly error: unknown };

/** What a live run writes to, and who is told. */
export interface LiveRunOptions {
  readonly held: HeldRun;
  readonly keeper: LeaseKeeper;
  readonly log: Logger;
  readonly active: ActiveRuns;
  readonly onEvent: HookCaller<typeof onEvent>;
  /** Its hold on the generation of plugins. */
  readonly hold: Lease;
  /** Finds somebody who goes on with a run that was given up; see `RunTaker`. */
  readonly handOver: (address: RunAddress, held?: RunLease) => Promise<void>;
}

/** A run while it is worked on: its state, its events on their way into the journal, and what can stop it. */
export class LiveRun implements ActiveRun, KeptRun {
  readonly key: string;
  readonly agent: LoadedAgent;
  readonly state: RunState;
  readonly held: HeldRun;
  readonly done: Promise<RunOutcome>;
  /** The run as its first events made it durable here. */
  readonly accepted: Promise<Run>;
  readonly #options: LiveRunOptions;
  readonly #controller = new AbortController();
  readonly #stopListeners = new Set<() => void>();
  readonly #finish = Promise.withResolvers<RunOutcome>();
  readonly #accept = Promise.withResolvers<Run>();
  readonly #timer: NodeJS.Timeout;
  readonly #release = (): void => this.interrupt({ kind: 'released' });
  #pending: RunEvent[] = [];
  #told: Promise<void> = Promise.resolve();
  #stop: Stop | undefined;

  constructor(agent: LoadedAgent, state: RunState, options: LiveRunOptions) {
    const { held, active, keeper, hold } = options;
    this.agent = agent;
    this.state = state;
    this.held = held;
    this.key = runKey(held.address);
    this.#options = options;
    this.done = this.#finish.promise;
    this.accepted = this.#accept.promise;
    this.accepted.catch(() => {}); // whoever started the run looks at it; after a recovery nobody does
    active.runs.set(this.key, this);
    keeper.add(this);
    hold.signal.addEventListener('abort', this.#release);
    const left = (state.limits.timeMs ?? agent.limits.timeMs) - state.workedMs;
    this.#timer = setTimeout(
      () => this.interrupt({ kind: 'timed-out' }),
      Math.min(Math.max(left, 0), 2 ** 31 - 1),
    );
    if (hold.signal.aborted) this.#release();
  }

  /** A new run; its first event is still to be committed. */
  static create(
    agent: LoadedAgent,
    event: RunEvent & { readonly type: 'run.created' },
    options: LiveRunOptions,
  ): LiveRun {
    const live = new LiveRun(agent, firstState(event), options);
    live.#pending.push(event);
    return live;
  }

  /** Aborted as soon as work on the run must end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stop(): Stop | undefined {
    return this.#stop;
  }

  /** Adds an event. It is written with the next {@link commit}; `written` is the JSON of a tool's result. */
  emit<Type extends RunEventType>(type: Type, data: RunEventData[Type], written?: string): void {
    const { run, at } = this.state;
    // A clock that is set back must not put events out of order.
    const event = {
      runId: run.id,
      seq: run.lastSeq + 1,
      type,
      at: Math.max(at, Date.now()),
      data,
    } as RunEvent; // `type` and `data` belong together
    advance(this.state, event, written);
    this.#pending.push(event);
  }

  /** Writes the events added since the last commit; resolves once they are durable. */
  async commit(): Promise<void> {
    if (this.#pending.length === 0 || this.#stop?.kind === 'lost' || this.#stop?.kind === 'fenced') return;
    const events = this.#pending;
    const run = this.state.run;
    this.#pending = [];
    try {
      await this.held.append(events, run);
    } catch (error) {
      const taken =
        isAgentFactoryError(error, 'AF_JOURNAL_FENCED') || isAgentFactoryError(error, 'AF_JOURNAL_CONFLICT');
      this.interrupt(taken ? { kind: 'fenced' } : { kind: 'lost', error });
      this.#accept.reject(error);
      throw error;
    }
    this.#accept.resolve(run);
    const { onEvent, log } = this.#options;
    this.#told = this.#told.then(() => tellAll(onEvent, events, log));
  }

  /** Ends the work: aborts what is in flight. Only what makes further events impossible overrides an earlier reason. */
  interrupt(stop: Stop): void {
    if (this.#stop && stop.kind !== 'lost' && stop.kind !== 'fenced') return;
    this.#stop = stop;
    this.#controller.abort(new Error(`The run was ${stop.kind}.`));
    for (const listener of this.#stopListeners) listener();
  }

  /** Stops the run, unless it is being stopped or its end is on its way: then the next append finds out. */
  fenced(): void {
    if (!this.#stop && !this.#settled()) this.interrupt({ kind: 'fenced' });
  }

  /** Calls `listener` when the work must end; what it returns takes the listener away again. */
  onStop(listener: () => void): () => void {
    this.#stopListeners.add(listener);
    return () => this.#stopListeners.delete(listener);
  }

  /** The result of `work`; rejects as soon as the run is stopped, even if `work` goes on. */
  guard<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(new Error('stopped'));
      const forget = this.onStop(stop);
      work.then(resolve, reject).finally(forget);
      if (this.#stop) stop();
    });
  }

  /** Throws when the work must end or is about to. */
  check(): void {
    if (this.#stop || this.state.cancelling !== undefined) throw new Error('stopped');
  }

  /**
   * Resolves once nobody else can own the run, or once it was stopped. It takes the time of a request only when the
   * process stood still for so long that the lease may have been lost.
   */
  async secure(): Promise<void> {
    while (!this.#stop && !this.held.isCertain) {
      try {
        await this.#options.keeper.renew([this]);
      } catch (error) {
        this.#options.log.warn('a tool is not called until the lease of its run is sure', {
          run: this.state.run.id,
          error,
        });
        await this.#pause(secureMs);
      }
    }
  }

  /** Asks for the run to end; the wish is durable before anything is aborted. */
  async cancel(reason: string): Promise<void> {
    if (this.#settled()) return;
    if (this.state.cancelling === undefined) this.emit('run.cancelling', { reason });
    await this.commit();
    this.interrupt({ kind: 'cancelled' });
  }

  /** Lets go of everything once the work has ended, and finds somebody who goes on with an unfinished run. */
  async finish(): Promise<void> {
    const { active, hold, keeper, handOver } = this.#options;
    clearTimeout(this.#timer);
    hold.signal.removeEventListener('abort', this.#release);
    keeper.remove(this);
    const { kind } = this.#stop ?? {};
    const ended = kind !== 'lost' && kind !== 'fenced';
    const kept = ended && !finalEvents.has(`run.${this.state.run.status}` as RunEventType); // only final ones match
    const released = kept && (await this.#giveBack());
    active.runs.delete(this.key);
    this.#finish.resolve(this.#outcome());
    const unfinished = kind === 'lost' || (kept && !this.#settled());
    const handed = unfinished && handOver(this.held.address, released ? undefined : this.held.lease);
    void Promise.all([this.#told, handed]).finally(() => hold.release());
  }

  #outcome(): RunOutcome {
    const { log } = this.#options;
    const { run } = this.state;
    if (this.#stop?.kind === 'lost') {
      const { error } = this.#stop;
      log.error('a run stands still because its events cannot be written', { run: run.id, error });
      return { error };
    }
    if (this.#stop?.kind !== 'fenced') return this.#settled() ? { run } : { left: true };
    log.warn('a run was taken over by another writer', { run: run.id });
    return { left: true };
  }

  async #giveBack(): Promise<boolean> {
    try {
      await this.held.release();
      return true;
    } catch (error) {
      this.#options.log.warn('a run could not be given back; others can take it when its lease has ended', {
        run: this.state.run.id,
        error,
      });
      return false;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        forget();
        resolve();
      };
      const timer = setTimeout(over, ms);
      const forget = this.onStop(over);
    });
  }

  #settled(): boolean {
    const { status } = this.state.run;
    return status === 'waiting' || finalEvents.has(`run.${status}` as RunEventType); // only final ones match
  }
}
