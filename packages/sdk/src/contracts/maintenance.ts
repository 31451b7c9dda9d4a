import {
  defineCollection,
  defineContract,
  type CollectionContract,
  type SingleContract,
} from '../contract.ts';
import type { JsonObject } from '../json.ts';
import type { Logger } from '../log.ts';

/**
 * Work that keeps a platform tidy (retention, sweeps, backups, dispatching anew what was forgotten), done by one
 * process at a time. It may be broken off at any moment and come again, so it goes in small steps.
 */
export interface MaintenanceTask {
  /** `journal-retention`: lower-case words with hyphens, unique. */
  readonly name: string;
  /** One sentence for operators. */
  readonly description: string;
  /** Milliseconds from the end of one time to the beginning of the next; at least 100. */
  readonly everyMs: number;
  /** Does it; what it returns is kept and shown (`{ removed: 12 }`). */
  run(context: { readonly signal: AbortSignal; readonly log: Logger }): Promise<JsonObject>;
}

/** Collection of {@link MaintenanceTask}. */
export const MaintenanceTask: CollectionContract<MaintenanceTask> = defineCollection<MaintenanceTask>({
  id: 'maintenance-task',
  version: '1.0.0',
  description: 'Work that keeps a platform tidy.',
});

/** A task as it stands, whichever process does it. */
export interface MaintenanceState {
  readonly name: string;
  readonly description: string;
  readonly everyMs: number;
  /** Whether a process is at it now. */
  readonly running: boolean;
  /** Milliseconds since the epoch, by the database's clock. */
  readonly nextAt: number;
  readonly lastStartedAt?: number;
  /** How long the last time took, in milliseconds. */
  readonly lastMs?: number;
  /** What the last time gave, or why it failed. */
  readonly lastResult?: JsonObject;
  readonly lastError?: string;
}

/** Does the tasks that plugins contribute. */
export interface Maintenance {
  /** Every task, by name. */
  list(): Promise<readonly MaintenanceState[]>;
  /** Does a task now, in this process, and gives what it gave. AF_MAINTENANCE_TASK_UNKNOWN; AF_MAINTENANCE_TASK_BUSY while another process is at it. */
  run(name: string): Promise<JsonObject>;
}

/** Token of {@link Maintenance}. */
export const Maintenance: SingleContract<Maintenance> = defineContract<Maintenance>({
  id: 'maintenance',
  version: '1.0.0',
  description: 'Does the work that keeps a platform tidy.',
});
