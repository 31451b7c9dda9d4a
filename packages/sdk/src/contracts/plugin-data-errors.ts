import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors that every store of plugins' data fails with. A code is never reused. */
export const errorTable = {
  AF_DATA_INVALID: {
    message: 'The data of {plugin} was left as it is: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_DATA_CONFLICT: {
    message:
      'The entry "{key}" of {plugin} was left as it is: it has revision {revision}, not {expected} (0: it is not there).',
    fix: 'Read it again and make the change on what it is now.',
    status: 409,
  },
  AF_DATA_FULL: {
    message:
      'The entry "{key}" of {plugin} was not kept: it would have {needed} {unit}, and at most {most} are kept for a tenant.',
    fix: 'Delete what is not needed any more, keep entries for a time only (ttlMs), or let the operator raise the quota of the plugin that keeps them.',
    status: 507,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const dataErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
