/** Configuration of the maintenance. */
export interface MaintenanceConfig {
  /** Milliseconds between times for a task, by its name, instead of what its plugin says. */
  readonly everyMs: Readonly<Record<string, number>>;
  /** Names of tasks that are not done by themselves. */
  readonly off: readonly string[];
  /** Milliseconds after which another process may take over a task whose process does not report any more. */
  readonly leaseMs: number;
}
