import { isAgentFactoryError, type HookCaller, type Lease, type Logger } from '@agent-factory/sdk';
import type { Journal, onEvent } from '@agent-factory/sdk/contracts';
import { finalEvents } from '@agent-factory/sdk/domain';
import type { Run, RunEvent, RunEventData, RunEventType } from '@agent-factory/sdk/domain';
import type { ActiveRun, ActiveRuns, RunOutcome } from './active-runs.ts';
import type { LoadedAgent } from './agent-definitions.ts';
import { advance, firstState, type RunState } from './run-state.ts';

/** Why work on a run must end before the run does. `lost`: its events could not be written. */
export type Stop =
  | { readonly kind: 'cancelled' | 'timed-out' | 'released' }
  | { readonly kind: 'lost'; readonly error: unknown };

/** What a live run writes to, and who is told. */
export interface LiveRunOptions {
  readonly journal: Journal;
  readonly log: Logger;
  readonly active: ActiveRuns;
  readonly onEvent: HookCaller<typeof onEvent>;
  readonly lease: Lease;
}

/** A run while it is worked on: its state, its events on their way into the journal, and what can stop it. */
export class LiveRun implements ActiveRun {
  readonly agent: LoadedAgent;
  readonly state: RunState;
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
    this.agent = agent;
    this.state = state;
    this.#options = options;
    this.done = this.#finish.promise;
    this.accepted = this.#accept.promise;
    this.accepted.catch(() => {}); // whoever started the run looks at it; after a recovery nobody does
    options.active.runs.set(state.run.id, this);
    options.lease.signal.addEventListener('abort', this.#release);
    const left = (state.limits.timeMs ?? agent.limits.timeMs) - state.workedMs;
    this.#timer = setTimeout(
      () => this.interrupt({ kind: 'timed-out' }),
      Math.min(Math.max(left, 0), 2 ** 31 - 1),
    );
    if (options.lease.signal.aborted) this.#release();
  }

  /** A new run; its first event is still to be committed. */
  static create(
    agent: LoadedAgent,
    id: string,
    data: RunEventData['run.created'],
    options: LiveRunOptions,
  ): LiveRun {
    const event = { runId: id, seq: 1, type: 'run.created', at: Date.now(), data } as const;
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
    if (this.#pending.length === 0 || this.#stop?.kind === 'lost') return;
    const events = this.#pending;
    const run = this.state.run;
    this.#pending = [];
    try {
      await this.#options.journal.append(events, run);
    } catch (error) {
      this.interrupt({ kind: 'lost', error });
      this.#accept.reject(error);
      throw error;
    }
    this.#accept.resolve(run);
    this.#told = this.#told.then(() => this.#tell(events));
  }

  /** Ends the work: aborts what is in flight. Only being lost overrides an earlier reason. */
  interrupt(stop: Stop): void {
    if (this.#stop && stop.kind !== 'lost') return;
    this.#stop = stop;
    this.#controller.abort(new Error(`The run was ${stop.kind}.`));
    for (const listener of this.#stopListeners) listener();
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

  /** Asks for the run to end; the wish is durable before anything is aborted. */
  async cancel(reason: string): Promise<void> {
    if (this.#settled()) return;
    if (this.state.cancelling === undefined) this.emit('run.cancelling', { reason });
    await this.commit();
    this.interrupt({ kind: 'cancelled' });
  }

  /** Lets go of everything once the work has ended. */
  finish(): void {
    const { active, lease, log } = this.#options;
    const { id } = this.state.run;
    clearTimeout(this.#timer);
    lease.signal.removeEventListener('abort', this.#release);
    active.runs.delete(id);
    const lost = this.#stop?.kind === 'lost' ? this.#stop : undefined;
    if (lost && !isAgentFactoryError(lost.error, 'AF_JOURNAL_CONFLICT')) {
      log.error('a run stands still because its events cannot be written', { run: id, error: lost.error });
      this.#finish.resolve({ error: lost.error });
      for (const take of active.takers) take(id, 'later');
    } else if (this.#settled() && !lost) {
      this.#finish.resolve({ run: this.state.run });
    } else {
      if (lost) log.warn('a run was taken over by another writer', { run: id });
      this.#finish.resolve({ left: true });
      if (!lost) for (const take of active.takers) take(id, 'now');
    }
    void this.#told.finally(() => lease.release());
  }

  #settled(): boolean {
    const { status } = this.state.run;
    return status === 'waiting' || finalEvents.has(`run.${status}` as RunEventType); // only final ones match
  }

  async #tell(events: readonly RunEvent[]): Promise<void> {
    for (const event of events) {
      try {
        await this.#options.onEvent(event);
      } catch (error) {
        this.#options.log.warn('a listener to run events failed', { run: event.runId, error });
      }
    }
  }
}
