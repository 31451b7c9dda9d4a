/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface EvaluationsConfig {
  /** Who carries evaluations out: in the role `api` the workers, or always the process that starts them. Default `auto`. */
  readonly execute: 'auto' | 'here';
  /** Milliseconds the run of a case may take before it is cancelled. Default 15 minutes. */
  readonly caseTimeoutMs: number;
  /** Milliseconds after which the work of a process that died is taken over. Default 30,000. */
  readonly leaseMs: number;
  /** Milliseconds between looks for evaluations that nobody carries out. Default 30,000. */
  readonly lookMs: number;
}
