import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors that every document loader fails with. A code is never reused. */
export const errorTable = {
  AF_DOCUMENT_TOO_LARGE: {
    message: 'The document "{source}" has {bytes} bytes; at most {max} are read.',
    fix: 'Split it, leave it out, or raise the limit in the configuration of the plugin that loads it.',
    status: 413,
  },
  AF_DOCUMENT_BINARY: {
    message: 'The document "{source}" is not text, as its name says it is.',
    fix: 'Leave it out, or give it the ending of what it is.',
    status: 400,
  },
  AF_DOCUMENT_UNREADABLE: {
    message: 'The document "{source}" cannot be read as {kind}: {reason}',
    fix: 'Look at it with another program; save it anew, or leave it out.',
    status: 400,
  },
  AF_DOCUMENT_TYPE_UNKNOWN: {
    message: 'No active plugin reads documents like "{source}" ({mediaType}).',
    fix: 'Use one of: {known}.',
    status: 415,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const documentErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
