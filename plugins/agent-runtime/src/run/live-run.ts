import {
  isAgentFactoryError,
  type HookCaller,
  type JsonObject,
  type Lease,
  type Logger,
} from '@agent-factory/sdk';
import type { onEvent, RunAddress, RunLease, SqlStatement } from '@agent-factory/sdk/contracts';
import { finalEvents } from '@agent-factory/sdk/domain';
import type { Run, RunEvent, RunEventData, RunEventType } from '@agent-factory/sdk/domain';
import { runKey, type ActiveRun, type ActiveRuns, type RunOutcome } from './active-runs.ts';
import { concludeRun } from './conclude-run.ts';
import type { HeldRun } from './held-run.ts';
import type { LateWriter } from './late-writer.ts';
import type { KeptRun, LeaseKeeper } from './lease-keeper.ts';
import type { RunEffects } from './run-effects.ts';
import type { LoadedSubject, RunExecutor } from './run-executor.ts';
import { inputOfMessage, type RunMessage } from './run-input.ts';
import { advanceProgress, type RunProgress } from './run-progress.ts';
import { endsWriting, type RunScope } from './run-scope.ts';
import { Stoppable } from './stoppable.ts';
import { tellAll } from './tell-events.ts';
import { isRefusedStart } from './within-quotas.ts';

/** What a live run writes to, and who is told. */
export interface LiveRunOptions {
  readonly held: HeldRun;
  readonly keeper: LeaseKeeper;
  readonly late: LateWriter;
  readonly log: Logger;
  readonly active: ActiveRuns;
  readonly onEvent: HookCaller<typeof onEvent>;
  /** Its hold on the generation of plugins. */
  readonly hold: Lease;
  readonly effects: (live: LiveRun) => RunEffects;
  /** Whether this process shuts down and leaves its runs to others. */
  readonly isLeaving: () => boolean;
  /** Finds somebody who goes on with a run that was given up; see `RunTaker`. */
  readonly handOver: (address: RunAddress, held?: RunLease) => Promise<void>;
  /** Sees to what follows for other runs when this one has ended, or waits and nobody owns it any more. */
  readonly settled: (address: RunAddress, progress: RunProgress) => void;
}

/** What a live run starts from. */
export interface LiveRunStart {
  readonly executor: RunExecutor;
  readonly loaded: LoadedSubject;
  readonly progress: RunProgress;
  readonly state: object;
  /** Events of this run that are still to be written. */
  readonly pending?: readonly RunEvent[];
}

/** A run while it is worked on: its state, its events on their way into the journal, and what can stop it. */
export class LiveRun extends Stoppable implements ActiveRun, KeptRun, RunScope {
  readonly key: string;
  readonly tenant: string;
  readonly loaded: LoadedSubject;
  readonly progress: RunProgress;
  readonly state: object;
  readonly effects: RunEffects;
  readonly held: HeldRun;
  readonly done: Promise<RunOutcome>;
  /** The run as its first events made it durable here. */
  readonly accepted: Promise<Run>;
  readonly #executor: RunExecutor;
  readonly #options: LiveRunOptions;
  readonly #finish = Promise.withResolvers<RunOutcome>();
  readonly #accept = Promise.withResolvers<Run>();
  readonly #timer: NodeJS.Timeout;
  readonly #release = (): void => this.interrupt({ kind: 'released' });
  #pending: RunEvent[];
  /** What is written with them. */
  #along: readonly SqlStatement[] = [];
  /** The events on their way into the journal. */
  #writing: Promise<void> = Promise.resolve();
  #hasWritten = false;
  #told: Promise<void> = Promise.resolve();

  constructor({ executor, loaded, progress, state, pending = [] }: LiveRunStart, options: LiveRunOptions) {
    super();
    const { held, active, keeper, hold } = options;
    this.#executor = executor;
    this.loaded = loaded;
    this.progress = progress;
    this.state = state;
    this.#pending = [...pending];
    this.held = held;
    this.tenant = held.address.tenant;
    this.key = runKey(held.address);
    this.#options = options;
    this.effects = options.effects(this);
    this.done = this.#finish.promise;
    this.accepted = this.#accept.promise;
    this.accepted.catch(() => {}); // whoever started the run looks at it; after a recovery nobody does
    active.runs.set(this.key, this);
    keeper.add(this);
    hold.signal.addEventListener('abort', this.#release);
    const left = this.timeMs - progress.workedMs;
    this.#timer = setTimeout(
      () => this.interrupt({ kind: 'timed-out' }),
      Math.min(Math.max(left, 0), 2 ** 31 - 1),
    );
    if (hold.signal.aborted) this.#release();
  }

  /** Milliseconds it may be worked on. */
  get timeMs(): number {
    return this.progress.limits.timeMs ?? this.loaded.limits.timeMs;
  }

  /** Does the work, and writes how it ended. Never rejects. */
  async work(): Promise<void> {
    try {
      await this.#executor.work(this);
    } catch (error) {
      concludeRun(this, error);
    }
    await this.commit().catch(() => {}); // what could not be written shows in the stop
    await this.#end();
  }

  emit<Type extends RunEventType>(type: Type, data: RunEventData[Type], written?: string): void {
    const { run, at } = this.progress;
    // A clock that is set back must not put events out of order.
    const event = {
      runId: run.id,
      seq: run.lastSeq + 1,
      type,
      at: Math.max(at, this.effects.now()),
      data,
    } as RunEvent; // `type` and `data` belong together
    advanceProgress(this.progress, event);
    this.#executor.advance(this.state, event, this.progress, written);
    this.#pending.push(event);
  }

  writeAlong(statements: readonly SqlStatement[]): void {
    this.#along = [...this.#along, ...statements];
  }

  commit(): Promise<void> {
    if (endsWriting(this.stop)) return Promise.resolve();
    this.#options.late.remove(this);
    if (this.#pending.length > 0) this.#writing = this.#write();
    return this.#writing;
  }

  commitSoon(): Promise<void> {
    if (!this.#hasWritten) return this.commit();
    if (this.#pending.length > 0) this.#options.late.add(this);
    return Promise.resolve();
  }

  async #write(): Promise<void> {
    const events = this.#pending;
    const along = this.#along;
    const { run } = this.progress;
    this.#pending = [];
    this.#along = [];
    try {
      await this.held.append(events, run, along);
    } catch (error) {
      const taken =
        isAgentFactoryError(error, 'AF_JOURNAL_FENCED') || isAgentFactoryError(error, 'AF_JOURNAL_CONFLICT');
      if (events[0]?.seq === 1 && isRefusedStart(error)) this.interrupt({ kind: 'unbegun' });
      else this.interrupt(taken ? { kind: 'fenced' } : { kind: 'lost', error });
      this.#accept.reject(error);
      throw error;
    }
    this.#hasWritten = true;
    this.#accept.resolve(run);
    const { onEvent, log } = this.#options;
    this.#told = this.#told.then(() => tellAll(onEvent, events, log));
  }

  /** Stops the run, unless it is being stopped or its end is on its way: then the next append finds out. */
  fenced(): void {
    if (!this.stop && !this.#settled()) this.interrupt({ kind: 'fenced' });
  }

  checkpoint(): void {
    if (this.#options.isLeaving()) this.interrupt({ kind: 'released' });
    this.check();
  }

  async take(message: RunMessage): Promise<boolean> {
    if (this.#settled() || this.stop) return false;
    for (const { type, data } of inputOfMessage(message).eventsFor(this.progress)) this.emit(type, data);
    await this.commit();
    this.wake();
    return true;
  }

  wished(wish: JsonObject): void {
    const { kind, reason } = wish;
    // Left by this runtime. What cannot be written stops the run; what cannot be taken in is told to whoever left it.
    if (kind === 'cancel') this.cancel(reason as string).catch(() => {});
    else this.take(wish as RunMessage).catch(() => {});
  }

  /** Asks for the run to end; the wish is durable before anything is aborted. */
  async cancel(reason: string): Promise<void> {
    if (this.#settled()) return;
    if (this.progress.cancelling === undefined) this.emit('run.cancelling', { reason });
    await this.commit();
    this.interrupt({ kind: 'cancelled' });
  }

  /** Lets go of everything once the work has ended, and finds somebody who goes on with an unfinished run. */
  async #end(): Promise<void> {
    const { active, hold, keeper, handOver } = this.#options;
    clearTimeout(this.#timer);
    hold.signal.removeEventListener('abort', this.#release);
    keeper.remove(this);
    const { kind } = this.stop ?? {};
    const ended = !endsWriting(this.stop);
    const kept = ended && !finalEvents.has(`run.${this.progress.run.status}` as RunEventType); // only final ones match
    const released = kept && (await this.#giveBack());
    active.runs.delete(this.key);
    this.#finish.resolve(this.#outcome());
    if (ended && this.#settled()) this.#options.settled(this.held.address, this.progress);
    const unfinished = kind === 'lost' || (kept && !this.#settled());
    const handed = unfinished && handOver(this.held.address, released ? undefined : this.held.lease);
    void Promise.all([this.#told, handed]).finally(() => hold.release());
  }

  #outcome(): RunOutcome {
    const { log } = this.#options;
    const { run } = this.progress;
    if (this.stop?.kind === 'lost') {
      const { error } = this.stop;
      log.error('a run stands still because its events cannot be written', { run: run.id, error });
      return { error };
    }
    if (this.stop?.kind === 'unbegun') return { left: true };
    if (this.stop?.kind !== 'fenced') return this.#settled() ? { run } : { left: true };
    log.warn('a run was taken over by another writer', { run: run.id });
    return { left: true };
  }

  async #giveBack(): Promise<boolean> {
    try {
      await this.held.release();
      return true;
    } catch (error) {
      this.#options.log.warn('a run could not be given back; others can take it when its lease has ended', {
        run: this.progress.run.id,
        error,
      });
      return false;
    }
  }

  #settled(): boolean {
    const { status } = this.progress.run;
    return status === 'waiting' || finalEvents.has(`run.${status}` as RunEventType); // only final ones match
  }
}
