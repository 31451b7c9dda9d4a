import type { Run } from '@agent-factory/sdk/domain';

/** How work on a run in this process ended: settled, broken off by an error, or left to somebody else. */
export type RunOutcome = { readonly run: Run } | { readonly error: unknown } | { readonly left: true };

/** A run that this process is working on. */
export interface ActiveRun {
  readonly done: Promise<RunOutcome>;
  cancel(reason: string): Promise<void>;
}

/**
 * The runs this process is working on, shared by every generation of the runtime that is alive, whatever its
 * version; so it is plain data. A run has one owner at a time.
 */
export interface ActiveRuns {
  readonly runs: Map<string, ActiveRun>;
  /**
   * Told of runs that their owner gave up unfinished; there is one for each runtime that serves. `later`: the
   * journal could not be written just now.
   */
  readonly takers: Set<(runId: string, when: 'now' | 'later') => void>;
}

/** Key under which the generations share their {@link ActiveRuns}. */
export const activeRunsKey = 'agent-runtime:active';

/** Runs of nobody yet. */
export function createActiveRuns(): ActiveRuns {
  return { runs: new Map(), takers: new Set() };
}
