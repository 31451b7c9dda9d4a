import type { Secret } from '@agent-factory/sdk';

/** Configuration of the jobs on PostgreSQL. */
export interface PgbossJobsConfig {
  /** `postgres://user:password@host:5432/database`: the database of the storage. */
  readonly url: Secret;
  /** Connections for jobs; one more listens. Default 10. */
  readonly poolSize: number;
  /** Seconds without a sign of life after which a worker's jobs are given to others. Default 10. */
  readonly heartbeatSeconds: number;
  /** Milliseconds between looks for jobs nobody told of. Default 500. */
  readonly pollMs: number;
  /** Days that jobs which have ended are kept. Default 7. */
  readonly keepDays: number;
}
