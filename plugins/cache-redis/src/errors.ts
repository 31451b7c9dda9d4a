import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Errors of the cache in Redis alone. A code is never reused. */
export const errorTable = {
  AF_CACHE_REDIS_NOT_ERASED: {
    message: 'What the cache at {server} holds of a tenant was not all removed: {reason}',
    fix: 'Bring the server back, then erase the tenant again; what has gone stays gone.',
    retryable: true,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
