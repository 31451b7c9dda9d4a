import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors that every vector store fails with. A code is never reused. */
export const errorTable = {
  AF_VECTOR_INVALID: {
    message: 'The collection "{collection}" cannot be used so: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_VECTOR_DIMENSIONS: {
    message:
      'A vector of {given} numbers does not fit the collection "{collection}", whose vectors of "{space}" have {wanted}.',
    fix: 'Embed with the model, and the number of dimensions, that the collection was made with, or make it anew.',
    status: 409,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const vectorErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
