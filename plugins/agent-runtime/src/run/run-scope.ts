import type { SqlStatement } from '@agent-factory/sdk/contracts';
import type { RunEventData, RunEventType } from '@agent-factory/sdk/domain';
import type { RunEffects } from './run-effects.ts';
import type { LoadedSubject } from './run-executor.ts';
import type { RunProgress } from './run-progress.ts';

/**
 * Why work on a run must end before the run does. `fenced`: it is somebody else's; `lost`: its events could not be
 * written; `unbegun`: its first ones were refused, and it is not there; `refused`: its tenant may use no more.
 */
export type Stop =
  | { readonly kind: 'cancelled' | 'timed-out' | 'released' | 'fenced' | 'unbegun' }
  | { readonly kind: 'lost' | 'refused'; readonly error: unknown };

/** Whether nothing more can be written of the run here. */
export function endsWriting(stop: Stop | undefined): boolean {
  return stop?.kind === 'lost' || stop?.kind === 'fenced' || stop?.kind === 'unbegun';
}

/** A run while it is worked on, as an executor sees it: live, or a replay of one. */
export interface RunScope<Loaded extends LoadedSubject = LoadedSubject, State extends object = object> {
  readonly tenant: string;
  readonly loaded: Loaded;
  readonly progress: RunProgress;
  readonly state: State;
  /** The one gate to everything that is not known beforehand. */
  readonly effects: RunEffects;
  /** Aborted as soon as work on the run must end. */
  readonly signal: AbortSignal;
  readonly stop: Stop | undefined;
  /** Adds an event. It is written with the next {@link commit}; `written` is the JSON of a tool's result. */
  emit<Type extends RunEventType>(type: Type, data: RunEventData[Type], written?: string): void;
  /** Has statements on the tenant's database written in one transaction with the event that is added next. */
  writeAlong(statements: readonly SqlStatement[]): void;
  /** Writes the events added since the last commit; resolves once they are durable. Call it before each effect. */
  commit(): Promise<void>;
  /**
   * The same before an effect that may happen again, a question to a model or a call that only reads: its intent is
   * written within milliseconds, together with what follows. Only the first events of an attempt are waited for.
   */
  commitSoon(): Promise<void>;
  /** Throws when the work must end or is about to. To be called after whatever was waited for. */
  check(): void;
  /** The same at a place where nothing is in flight: there a process that shuts down leaves the run to others. */
  checkpoint(): void;
  /** The result of `work`; rejects as soon as the run is stopped, even if `work` goes on. */
  guard<T>(work: Promise<T>): Promise<T>;
  /** Calls `listener` when the work must end; what it returns takes the listener away again. */
  onStop(listener: () => void): () => void;
  /**
   * Resolves when the next event came from outside (an approval, a decision, something sent), or when the run is
   * stopped. Get it before looking at the state, so that nothing falls in between.
   */
  outside(): Promise<void>;
}
