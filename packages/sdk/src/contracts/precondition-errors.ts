import { defineErrors, type ErrorFactories } from '../errors.ts';

/** What is answered where a precondition of a request does not hold. */
export const errorTable = {
  AF_HTTP_PRECONDITION_FAILED: {
    message:
      'What the request is to change {is}, which is not what its "if-match" or "if-none-match" asks for; nothing was changed.',
    fix: 'Read it again, and make the change on what is there now, with the "etag" it has.',
    status: 412,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const preconditionErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
