import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** What only jobs on PostgreSQL can fail with; all else is in the contract's table. */
export const errorTable = {
  AF_JOBS_PGBOSS_STORAGE_APART: {
    message: 'Jobs at {server} could not be accepted with a transaction of the storage: {reason}.',
    fix: 'Use storage-postgres, and give jobs-pgboss the address of the same database and a role that may use both.',
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
