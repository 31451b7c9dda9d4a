import type { HookCaller, Logger, PlatformRole, PluginContext } from '@agent-factory/sdk';
import type {
  Jobs,
  Journal,
  onEvent,
  onSettled,
  Quotas,
  RunAddress,
  RunLease,
  RunOwner,
  Signals,
  TenantDefinitions,
} from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import type { AgentRuntimeConfig } from '../config.ts';
import type { Definitions } from '../definition/definitions.ts';
import type { ToolBox } from '../tool/tool-box.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { HeldRun, Moment } from './held-run.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { LiveRun } from './live-run.ts';
import type { Executors, LoadedSubject } from './run-executor.ts';
import type { NewEvent } from './run-input.ts';
import type { RunCreated, RunProgress } from './run-progress.ts';
import type { RunSettings } from './run-settings.ts';
import type { WakeClock } from './wake-clock.ts';

/** What work on a run starts from. */
interface LaunchStart {
  readonly loaded: LoadedSubject;
  readonly created: RunCreated;
  /** The progress after `created` and `past`. */
  readonly progress: RunProgress;
  /** The events after the first, as the journal has them. Default none. */
  readonly past?: readonly RunEvent[];
  /** Events that are in the progress and not in the journal. */
  readonly pending?: readonly RunEvent[];
  /** Events that are added before the work begins. */
  readonly news?: readonly NewEvent[];
}

/** What the parts of one runtime share. */
export interface RuntimeContext {
  readonly config: AgentRuntimeConfig;
  readonly role: PlatformRole;
  readonly log: Logger;
  /** Aborted when the plugin ends. */
  readonly signal: AbortSignal;
  readonly journal: Journal;
  /** How much tenants may use, where that is limited; the journal counts for them. */
  readonly quotas: Quotas | undefined;
  /** What tenants set about their runs, where they may. */
  readonly settings: RunSettings | undefined;
  readonly jobs: Jobs | undefined;
  readonly signals: Signals | undefined;
  readonly active: ActiveRuns;
  readonly owner: RunOwner;
  readonly keeper: LeaseKeeper;
  readonly tell: HookCaller<typeof onEvent>;
  readonly tellSettled: HookCaller<typeof onSettled>;
  readonly definitions: Definitions;
  /** Those of one tenant, as it sees and changes them. */
  definitionsOf(tenant: string): TenantDefinitions;
  readonly executors: Executors;
  readonly toolBox: ToolBox;
  readonly validator: PluginContext['validator'];
  /** The right to a run that was granted by an answer to what was asked at `since`, or is asked for by the first append. */
  hold(address: RunAddress, lease: RunLease, since?: Moment): HeldRun;
  /** Works on a run. It does not wait for its end. */
  launch(held: HeldRun, start: LaunchStart): LiveRun;
  /** Asks the workers to work on a run. Never rejects: a call that is lost is made again by those who recover. */
  callWorkers(address: RunAddress, again: boolean): Promise<void>;
  /** Keeps the plugins alive until `work` is done. */
  during(work: Promise<void>): void;
  /** Sees to what follows when a run has ended, or waits and nobody owns it any more. */
  settled(address: RunAddress, progress: RunProgress): void;
  /** Is told when runs that wait can go on. */
  readonly wake: WakeClock;
}
