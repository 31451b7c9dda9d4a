import type { RunEvent, RunEventData, RunEventType } from '@agent-factory/sdk/domain';
import { concludeRun } from '../run/conclude-run.ts';
import type { RunEffects } from '../run/run-effects.ts';
import type { LoadedSubject, RunExecutor } from '../run/run-executor.ts';
import { advanceProgress, type RunProgress } from '../run/run-progress.ts';
import type { RunScope, Stop } from '../run/run-scope.ts';
import { Stoppable } from '../run/stoppable.ts';
import type { Found, Recording } from './recording.ts';
import { ReplayPauses } from './replay-pauses.ts';

/** What a replay made that the record does not have at this place; without `type`: it made nothing more. */
export interface Mismatch {
  readonly recorded: Found | undefined;
  readonly type?: RunEventType;
  readonly data?: RunEventData[RunEventType];
}

/** What one piece of work on a run is replayed with. */
export interface ReplayRunParts {
  readonly tenant: string;
  readonly recording: Recording;
  readonly executor: RunExecutor;
  readonly loaded: LoadedSubject;
  readonly progress: RunProgress;
  readonly state: object;
  /** Which of the two readings between which something was decided is taken for the time. */
  readonly clock: 'next' | 'last';
  /** Aborted when nobody wants the replay any more. */
  readonly signal: AbortSignal | undefined;
  readonly effects: (run: ReplayRun) => RunEffects;
}

/** What an effect waits for: its turn in the record. */
interface Waiter {
  find(): Found | undefined;
  go(found: Found): void;
}

/** What others tell a run while it is worked on. */
const fromOutside: ReadonlySet<RunEventType> = new Set([
  'approval.resolved',
  'decision.resolved',
  'event.received',
  'run.cancelling',
]);

/** Rounds of the event loop in which nothing happened, after which nothing more does. */
const quietRounds = 3;

/**
 * One piece of work on a run, done again: the executor works as it did, and each thing it asks for is answered when the
 * record has the answer. What happens next is decided here alone, once everything stands still.
 */
export class ReplayRun extends Stoppable implements RunScope {
  readonly tenant: string;
  readonly loaded: LoadedSubject;
  readonly progress: RunProgress;
  readonly state: object;
  readonly effects: RunEffects;
  readonly recording: Recording;
  mismatch: Mismatch | undefined;
  readonly #parts: ReplayRunParts;
  readonly #waiters = new Set<Waiter>();
  readonly #pauses = new ReplayPauses();
  #isLost = false;
  #activity = 0;
  #busy = 0;
  #notBefore = 0;

  constructor(parts: ReplayRunParts) {
    super();
    this.#parts = parts;
    this.tenant = parts.tenant;
    this.loaded = parts.loaded;
    this.progress = parts.progress;
    this.state = parts.state;
    this.recording = parts.recording;
    this.effects = parts.effects(this);
  }

  /** Does the work again; resolves when it has ended, differs, or is not wanted any more. */
  async work(): Promise<void> {
    let isDone = false;
    const work = async (): Promise<void> => {
      try {
        await this.#parts.executor.work(this);
      } catch (error) {
        if (!this.mismatch && !this.#isLost) this.#conclude(error);
      }
      isDone = true;
    };
    void work();
    for (;;) {
      await this.#untilQuiet();
      if (this.#parts.signal?.aborted) return this.interrupt({ kind: 'released' });
      if (isDone && !(this.#isLost && this.recording.next && !this.mismatch)) return;
      this.#goOn();
    }
  }

  /** What time it is, by the record. */
  now(): number {
    const { recording } = this;
    const at = this.#parts.clock === 'next' ? (recording.upcoming?.at ?? recording.lastAt) : recording.lastAt;
    return Math.max(at, this.#notBefore);
  }

  emit<Type extends RunEventType>(type: Type, data: RunEventData[Type], written?: string): void {
    this.#activity += 1;
    if (this.stop?.kind === 'released') throw new Error('stopped');
    const recorded = this.recording.nextOf(type, data) ?? this.recording.next;
    const event = this.recording.take(type, data);
    if (event) return this.#apply(event, written);
    // What a process did last before it died may not have reached the journal.
    if (this.#mayBeBrokenOff && !this.recording.nextOf(type, data)) this.#isLost = true;
    else {
      this.mismatch ??= { recorded, type, data };
      this.interrupt({ kind: 'released' });
    }
    throw new Error('stopped');
  }

  writeAlong(): void {}

  async commit(): Promise<void> {}

  async commitSoon(): Promise<void> {}

  /** Gives the event that `find` finds, when it is the next of the record. Never, when the run is stopped first. */
  turn<Event extends RunEvent>(find: () => Found<Event> | undefined): Promise<Event> {
    this.#activity += 1;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        find,
        go: ({ event }) => {
          forget();
          resolve(event as Event); // what `find` found
        },
      };
      this.#waiters.add(waiter);
      const forget = this.onStop(() => {
        this.#waiters.delete(waiter);
        reject(new Error('stopped'));
      });
      if (this.stop) reject(new Error('stopped'));
    });
  }

  /** Resolves when nothing happens in the record before the time is over. */
  pause(ms: number, signal?: AbortSignal): Promise<void> {
    this.#activity += 1;
    return this.#pauses.begin(this, this.now() + ms, signal);
  }

  /** Counts real work, so that nobody takes it for standing still. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work;
    } finally {
      this.#busy -= 1;
      this.#activity += 1;
    }
  }

  override interrupt(stop: Stop): void {
    if (!this.stop) this.#activity += 1;
    super.interrupt(stop);
  }

  checkpoint(): void {
    this.check();
  }

  /** A run that others went on with, or that goes on still. */
  get #mayBeBrokenOff(): boolean {
    return this.recording.isBrokenOff || !isEnd(this.recording.events.at(-1)?.type);
  }

  #conclude(error: unknown): void {
    try {
      concludeRun(this, error);
    } catch {
      // The end differs; the mismatch says how.
    }
  }

  /** What happens next, when everything stands still. */
  #goOn(): void {
    const { recording } = this;
    const { next } = recording;
    if (!next) return this.interrupt({ kind: 'released' });
    if (this.#answer()) return;
    const { event } = next;
    if (fromOutside.has(event.type)) return this.#takeIn();
    if (event.type === 'run.failed' && event.data.error.code === 'AF_RUN_LIMIT_TIME')
      return this.interrupt({ kind: 'timed-out' });
    const over = this.#pauses.endNext();
    if (over !== undefined) {
      this.#activity += 1;
      this.#notBefore = Math.max(this.#notBefore, over);
      return;
    }
    if (this.#isLost) this.#takeTheRest();
    else this.mismatch ??= { recorded: next };
    this.interrupt({ kind: 'released' });
  }

  /** What others did when something was lost in the end of a process is taken as it is. */
  #takeTheRest(): void {
    while (this.recording.next) {
      const event = this.recording.pass();
      if (event) this.#apply(event);
    }
  }

  /** Gives whoever waits for the next event of the record what it asked for; false when nobody does. */
  #answer(): boolean {
    const { next } = this.recording;
    for (const waiter of next ? this.#waiters : []) {
      const found = waiter.find();
      if (found?.index !== next?.index || !found) continue;
      this.#activity += 1;
      this.#waiters.delete(waiter);
      waiter.go(found);
      return true;
    }
    return false;
  }

  #takeIn(): void {
    const event = this.recording.pass();
    if (!event) return;
    this.#apply(event);
    if (event.type === 'run.cancelling') return this.interrupt({ kind: 'cancelled' });
    this.wake();
  }

  /** The recorded event counts, with its times, as it did then; its number is that of its place here. */
  #apply(event: RunEvent, written?: string): void {
    this.#activity += 1;
    const { progress, state } = this;
    const here = { ...event, seq: progress.run.lastSeq + 1 };
    advanceProgress(progress, here);
    this.#parts.executor.advance(state, here, progress, written);
    this.#answer();
  }

  async #untilQuiet(): Promise<void> {
    for (let quiet = 0; quiet < quietRounds && !this.#parts.signal?.aborted;) {
      const before = this.#activity;
      await new Promise(setImmediate);
      quiet = this.#activity === before && this.#busy === 0 ? quiet + 1 : 0;
    }
  }
}

function isEnd(type: RunEventType | undefined): boolean {
  return (
    type === 'run.succeeded' || type === 'run.failed' || type === 'run.cancelled' || type === 'run.waiting'
  );
}
