import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors that every conversation memory fails with. A code is never reused. */
export const errorTable = {
  AF_MEMORY_REQUEST_INVALID: {
    message: 'The conversation "{conversation}" cannot be used so: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_MEMORY_UNAVAILABLE: {
    message: 'The conversation memory at {server} cannot be used: {reason}',
    fix: '{mend}',
    status: 503,
    retryable: true,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const memoryErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
