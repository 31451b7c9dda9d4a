import type { Secret } from '@agent-factory/sdk';

/** Configuration of the jobs on Redis. */
export interface BullmqJobsConfig {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. */
  readonly url: Secret;
  /** What every key in Redis begins with. Default `af-jobs`. */
  readonly prefix: string;
  /** Milliseconds without a sign of life after which a worker's jobs are given to others. Default 5,000. */
  readonly leaseMs: number;
  /** Milliseconds between looks at whether Redis has forgotten anything. Default 1,000. */
  readonly checkMs: number;
  /** Days that jobs which have ended are kept. Default 7. */
  readonly keepDays: number;
}
