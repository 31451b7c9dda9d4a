import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors that every semantic memory fails with. A code is never reused. */
export const errorTable = {
  AF_SEMANTIC_MEMORY_INVALID: {
    message: 'The semantic memory cannot be used so: {reason}.',
    fix: '{mend}',
    status: 400,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const semanticMemoryErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
