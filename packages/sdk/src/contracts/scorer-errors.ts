import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors of scorers, whichever plugin brings them. A code is never reused. */
export const errorTable = {
  AF_SCORER_CONFIG_INVALID: {
    message: 'The configuration of the scorer "{name}" is wrong{at}: {problem}.',
    fix: '{mend}',
    status: 400,
  },
  AF_SCORER_FAILED: {
    message: 'The scorer "{name}" could not judge: {reason}.',
    fix: 'See the cause. What cannot be judged is no zero, and the evaluation does not pass.',
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const scorerErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
