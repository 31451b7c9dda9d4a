import type { HookCaller, Logger, PlatformRole, Validator } from '@agent-factory/sdk';
import type {
  Jobs,
  Journal,
  LanguageModel,
  onEvent,
  RunAddress,
  RunLease,
  RunOwner,
  Signals,
} from '@agent-factory/sdk/contracts';
import type { ActiveRuns } from './active-runs.ts';
import type { LoadedAgent } from './agent-definitions.ts';
import type { AgentRuntimeConfig } from './config.ts';
import type { HeldRun, Moment } from './held-run.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { LiveRun, LiveRunOptions } from './live-run.ts';

/** What the parts of one runtime share. */
export interface RuntimeContext {
  readonly config: AgentRuntimeConfig;
  readonly role: PlatformRole;
  readonly log: Logger;
  /** Aborted when the plugin ends. */
  readonly signal: AbortSignal;
  readonly journal: Journal;
  readonly jobs: Jobs | undefined;
  readonly signals: Signals | undefined;
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly active: ActiveRuns;
  readonly owner: RunOwner;
  readonly keeper: LeaseKeeper;
  readonly tell: HookCaller<typeof onEvent>;
  readonly validateInput: Validator;
  readonly agents: ReadonlyMap<string, LoadedAgent>;
  /** AF_AGENT_UNKNOWN when there is none. */
  agentNamed(name: string): LoadedAgent;
  /** The right to a run that was granted by an answer to what was asked at `since`, or is asked for by the first append. */
  hold(address: RunAddress, lease: RunLease, since?: Moment): HeldRun;
  /** Works on a run; `make` gives it its first events here. It does not wait for its end. */
  launch(held: HeldRun, make: (options: LiveRunOptions) => LiveRun, attempt: number): LiveRun;
  /** Asks the workers to work on a run. Never rejects: a call that is lost is made again by those who recover. */
  callWorkers(address: RunAddress, again: boolean): Promise<void>;
  /** Keeps the plugins alive until `work` is done. */
  during(work: Promise<void>): void;
}
