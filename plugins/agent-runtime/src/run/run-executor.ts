import type { JsonSchema, ValidationProblem } from '@agent-factory/sdk';
import type { RunRequest } from '@agent-factory/sdk/contracts';
import type { Run, RunEvent, RunLimits, RunSubject } from '@agent-factory/sdk/domain';
import type { RunCreated, RunProgress } from './run-progress.ts';
import type { RunScope } from './run-scope.ts';

/** What a run executes, made ready: its definition and all that follows from it. */
export interface LoadedSubject {
  readonly subject: RunSubject;
  /** The definition as plain data; its canonical JSON has the subject's hash. */
  readonly definition: object;
  /** With defaults filled in. */
  readonly limits: RunLimits & { readonly timeMs: number };
  /** Milliseconds after which a new run has it made ready anew, since it tells of things that change. Default: never. */
  readonly goodForMs?: number;
}

/** The definitions there are of a kind, by name; all fit their schema. */
export type KnownDefinitions = (kind: RunSubject['kind']) => ReadonlyMap<string, object>;

/**
 * Executes runs of one kind. What it does next follows from the run's events alone: from `state`, which it folds from
 * them, and from the progress that the machinery folds. All that is not known beforehand comes through the scope's
 * effects, so that a replay can put recorded results in their place.
 */
export interface RunExecutor<Loaded extends LoadedSubject = LoadedSubject, State extends object = object> {
  readonly kind: RunSubject['kind'];
  /** JSON Schema of its definitions: objects with a `name`, and perhaps a `version`. */
  readonly schema: JsonSchema;
  /** What is wrong with a definition that fits its schema: names of what is not there, for example. */
  check(
    definition: object,
    tenant: string | undefined,
    known: KnownDefinitions,
  ): Promise<readonly ValidationProblem[]>;
  /** The error for definitions that are wrong, one problem a line. */
  invalid(problems: readonly string[]): Error;
  /** The error for a name that is not there. */
  unknown(name: string, mend: string): Error;
  /** Makes a definition ready that fits its schema; what it names and is not there (any more) is left out. */
  load(definition: object, subject: RunSubject, tenant: string): Promise<Loaded>;
  /** Throws when a run of it could not begin just now: no model is available, for example. */
  assertReady(loaded: Loaded): void;
  /** The input of a run, checked; throws AF_RUN_INPUT_INVALID. */
  inputOf(loaded: Loaded, input: RunRequest['input']): Run['input'];
  /** The state after the first event. */
  begin(event: RunCreated, loaded: Loaded): State;
  /**
   * Brings the state one event forward. `progress` already is after the event; `written` is the JSON of a tool's
   * result, where it is at hand.
   */
  advance(state: State, event: RunEvent, progress: RunProgress, written?: string): void;
  /**
   * Works until the run ended (it emitted `run.succeeded`), waits (it emitted `run.waiting`), or was stopped. What it
   * throws fails the run; the machinery writes the end, and the end of a run that was stopped.
   */
  work(scope: RunScope<Loaded, State>): Promise<void>;
}

/** The executors by the kind they execute. */
export type Executors = ReadonlyMap<RunSubject['kind'], RunExecutor>;
