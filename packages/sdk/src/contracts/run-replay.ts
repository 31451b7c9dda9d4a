import { defineContract, type SingleContract } from '../contract.ts';
import type { RunLimits } from '../domain/agent.ts';
import type { Message } from '../domain/message.ts';
import type { Run } from '../domain/run.ts';
import type { Json } from '../json.ts';

/** What a strict replay of a run found: all its events came out again. */
export interface ReplayReport {
  readonly runId: string;
  readonly status: Run['status'];
  /** Events that were made anew and are equal to the recorded ones, times aside. */
  readonly events: number;
  /**
   * Events that came out before another one of the record: of things the run did at the same time, a replay may finish
   * one a little earlier. Those of one step, one call and one agent are always in the recorded order.
   */
  readonly reordered: number;
  /** The runs it started, replayed too. */
  readonly children: readonly ReplayReport[];
}

/** Options of {@link TenantReplay.replay}. */
export interface ReplayOptions {
  /** Gives the replay up: AF_REPLAY_ABORTED. */
  readonly signal?: AbortSignal;
}

/** What is different in a fork. */
export interface ForkOverrides {
  /** `provider/model`, or several in order of preference: of the agent that answers from there on. */
  readonly model?: string | readonly string[];
  /** Its instructions. */
  readonly instructions?: string;
  /** Names of the tools it is given. */
  readonly tools?: readonly string[];
  /** What the run is given. Everything after it is made anew. */
  readonly input?: string | readonly Message[] | Json;
  /** Limits in place of the recorded ones; those left out stay as they are. They may be looser. */
  readonly limits?: RunLimits;
}

/** Where the answers of models and tools come from, after the fork: the record, or the world. */
export interface ForkSources {
  /** `recorded`: each question gets the recorded answer of its turn, whatever is asked. Default `live`. */
  readonly models?: 'live' | 'recorded';
  /** `recorded`: a call gets the recorded result of the same tool with the same input; one that is not there fails. Default `live`. */
  readonly tools?: 'live' | 'recorded';
}

/** A wish to go on with a run in another way, as a new run. */
export interface ForkRequest extends ForkSources {
  /** Number of the first event that is to happen anew. Default: the first that an override affects. */
  readonly seq?: number;
  readonly overrides?: ForkOverrides;
  /** Forking again with the same key gives the first fork. */
  readonly idempotencyKey?: string;
}

/** A fork, and from where on it is made anew. */
export interface ForkedRun {
  readonly run: Run;
  /** Number of the first event of the origin that the fork does not share; the first affected. */
  readonly from: number;
  /** Type of that event: what is done first. */
  readonly step: string;
  /** Why it begins there. */
  readonly reason: string;
}

/** Replays the runs of one tenant. */
export interface TenantReplay {
  /**
   * Executes a run again against its journal, with its children: nothing outside is asked, and every event has to come
   * out equal, times aside. AF_REPLAY_MISMATCH with the first difference; AF_RUN_NOT_FOUND. A run that has not ended is
   * replayed as far as it goes. AF_REPLAY_TOO_LONG for one with more events, with its children, than the platform allows.
   */
  replay(runId: string, options?: ReplayOptions): Promise<ReplayReport>;
  /**
   * Starts a new run that shares the events of this one up to a place and goes on from there with what is different.
   * The run names its origin (`forkOf`). AF_FORK_INVALID says what does not fit.
   */
  fork(runId: string, request: ForkRequest): Promise<ForkedRun>;
}

/** Executes recorded runs again. */
export interface RunReplay {
  tenant(id: string): TenantReplay;
}

/** Token of {@link RunReplay}. */
export const RunReplay: SingleContract<RunReplay> = defineContract<RunReplay>({
  id: 'run-replay',
  version: '1.0.0',
  description: 'Executes recorded runs again: strictly, or from a place on with changes.',
});
