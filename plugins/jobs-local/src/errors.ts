import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Errors of the local jobs alone; those every engine has are `jobsErrors` of the SDK. A code is never reused. */
export const errorTable = {
  AF_JOBS_LOCAL_LEASE_INVALID: {
    message: 'Workers cannot report every {heartbeatMs} ms and hold jobs for {leaseMs} ms.',
    fix: 'Under jobs-local in the configuration, let "heartbeatMs" be at most a third of "leaseMs".',
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
