import type { Lease, Logger } from '@agent-factory/sdk';
import type { Storage } from '@agent-factory/sdk/contracts';
import type { Announcer } from './announcer.ts';
import type { LocalJobsConfig } from './config.ts';
import type { HeldJobs } from './held-jobs.ts';
import type { JobEndings } from './job-endings.ts';
import type { JobIds } from './job-ids.ts';
import type { JobStatements } from './job-statements.ts';

/** What the parts of one engine share. */
export interface JobsCore {
  readonly storage: Storage;
  readonly sql: JobStatements;
  readonly config: LocalJobsConfig;
  readonly log: Logger;
  readonly ids: JobIds;
  readonly announcer: Announcer;
  readonly held: HeldJobs;
  readonly endings: JobEndings;
  /** Holds the generation that serves, for one job. */
  lease(): Lease;
}
