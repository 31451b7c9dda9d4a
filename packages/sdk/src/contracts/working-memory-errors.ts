import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors that every working memory fails with. A code is never reused. */
export const errorTable = {
  AF_WORKING_MEMORY_INVALID: {
    message: 'The working memory "{name}" was left as it is: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_WORKING_MEMORY_TOO_LARGE: {
    message:
      'The working memory "{name}" was left as it is: it would have {bytes} bytes, and at most {max} are kept.',
    fix: 'Keep less in it: remove what is not needed any more, by null in its place.',
    status: 400,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const workingMemoryErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
