import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors that every cache fails with. A code is never reused. */
export const errorTable = {
  AF_CACHE_REQUEST_INVALID: {
    message: 'The cache cannot take this: {reason}.',
    fix: '{mend}',
    status: 400,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const cacheErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
