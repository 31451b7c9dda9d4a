import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors of whoever has somebody prove their second factor. */
export const errorTable = {
  AF_SESSION_CODE_NEEDED: {
    message: 'A code of your second factor is needed.',
    fix: 'Send the six digits your app shows as "code".',
    status: 401,
  },
  AF_SESSION_CODE_WRONG: {
    message: 'The code does not hold, or was used before.',
    fix: 'Send the six digits your app shows now.',
    status: 401,
  },
  AF_SESSION_TOO_MANY: {
    message: 'There were too many wrong tries; the next is taken in {seconds} seconds.',
    fix: 'Wait that long.',
    status: 429,
    retryable: true,
  },
} as const;

/** Makes these errors. */
export const loginSessionErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
