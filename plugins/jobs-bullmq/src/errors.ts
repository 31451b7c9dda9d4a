import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** What only jobs on Redis can fail with; all else is in the contract's table. */
export const errorTable = {
  AF_JOBS_BULLMQ_EVICTION: {
    message: 'The Redis at {server} drops keys when it is full (maxmemory-policy is "{policy}").',
    fix: 'Set "maxmemory-policy noeviction" on that server, and use another server for caches.',
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
