import { defineContract, type SingleContract } from '../contract.ts';
import type { Run } from '../domain/run.ts';

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

/** Replays the runs of one tenant. */
export interface TenantReplay {
  /**
   * Executes a run again against its journal, with its children: nothing outside is asked, and every event has to come
   * out equal, times aside. AF_REPLAY_MISMATCH with the first difference; AF_RUN_NOT_FOUND. A run that has not ended is
   * replayed as far as it goes.
   */
  replay(runId: string): Promise<ReplayReport>;
}

/** Executes recorded runs again. */
export interface RunReplay {
  tenant(id: string): TenantReplay;
}

/** Token of {@link RunReplay}. */
export const RunReplay: SingleContract<RunReplay> = defineContract<RunReplay>({
  id: 'run-replay',
  version: '1.0.0',
  description: 'Executes recorded runs again.',
});
