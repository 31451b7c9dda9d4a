/** Configuration of the local jobs. Times in milliseconds. */
export interface LocalJobsConfig {
  /** A worker that does not report for this long loses its jobs to others. Default 10,000. */
  readonly leaseMs: number;
  /** Between two reports of a worker; at most a third of the lease. Default 3,000. */
  readonly heartbeatMs: number;
  /** Between two looks for what other processes left to do, and for what is due. Default 500. */
  readonly pollMs: number;
  /** How long completed and cancelled jobs are kept. Default a day. */
  readonly keepMs: number;
  /** How long dead jobs are kept. Default 14 days. */
  readonly keepDeadMs: number;
}
