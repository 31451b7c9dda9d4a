import { randomBytes } from 'node:crypto';
import type { RunAddress, RunLease } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import type { RunMessage } from './run-input.ts';

/** How work on a run in this process ended: settled, broken off by an error, or left to somebody else. */
export type RunOutcome = { readonly run: Run } | { readonly error: unknown } | { readonly left: true };

/** A run that this process is working on. */
export interface ActiveRun {
  readonly done: Promise<RunOutcome>;
  cancel(reason: string): Promise<void>;
  /** Takes in what the run is told, durably; false when it takes nothing in any more. Throws what is wrong with it. */
  take(message: RunMessage): Promise<boolean>;
}

/**
 * Takes over a run that was given up unfinished. `held`: the lease that is still to be given back, since the journal
 * could not be written just now.
 */
export type RunTaker = (address: RunAddress, held?: RunLease) => void;

/**
 * The runs this process is working on, shared by every generation of the runtime that is alive, whatever its
 * version; so it is plain data. A run has one owner at a time.
 */
export interface ActiveRuns {
  /** Names this process in leases. */
  readonly owner: string;
  /** By {@link runKey}. */
  readonly runs: Map<string, ActiveRun>;
  /** One for each runtime that serves; none while the process shuts down. */
  readonly takers: Set<RunTaker>;
}

/** Key under which the generations share their {@link ActiveRuns}. */
export const activeRunsKey = 'agent-runtime:active';

/** Runs of nobody yet, in a process of the platform with that name. */
export function createActiveRuns(platform: string): ActiveRuns {
  return { owner: `${platform}-${randomBytes(9).toString('base64url')}`, runs: new Map(), takers: new Set() };
}

/** A run's key among those of every tenant. */
export function runKey({ tenant, runId }: RunAddress): string {
  return `${tenant}/${runId}`;
}
