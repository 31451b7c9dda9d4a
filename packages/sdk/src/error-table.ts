import { defineErrors, type ErrorFactories } from './errors.ts';

/** Every error the SDK itself raises. A code is never reused. */
export const errorTable = {
  AF_JSON_INVALID: {
    message: 'The value at "{path}" cannot be written as canonical JSON: {reason}.',
    fix: 'Give plain JSON: finite numbers, well-formed strings, arrays and plain objects without undefined.',
  },
  AF_SCHEMA_NO_JSON: {
    message: 'The schema of {vendor} gives no JSON Schema of itself.',
    fix: 'Use a version of {vendor} with Standard JSON Schema, or convert it and give the JSON Schema.',
  },
  AF_SCHEMA_VALUE_INVALID: {
    message: 'The value does not fit its schema: {problems}.',
    fix: 'Give a value that fits.',
    status: 400,
  },
  AF_RUN_EVENT_GAP: {
    message: 'Event {seq} of run {run} does not follow event {last}.',
    fix: 'Apply every event of one run, once, in the order of their numbers.',
  },
  AF_RUN_EVENT_IMPOSSIBLE: {
    message: 'Event {seq} ({type}) cannot happen to run {run}: {reason}.',
    fix: 'Look at the events before it; the journal was not written by this platform, or was changed.',
  },
  AF_SQL_REFUSED: {
    message: 'The query builder does not {what}.',
    fix: '{mend}',
  },
  AF_SQL_PATH_INVALID: {
    message: 'The part "{part}" of a path into a JSON column does not fit: {reason}.',
    fix: 'Read the whole column and look into it in the program.',
  },
  AF_COLUMN_INVALID: {
    message: 'The value of {column} is {found} and not {needed}.',
    fix: 'Give, or store, what the codec of the column is for.',
  },
  AF_PAGE_INVALID: {
    message: 'A page cannot be read: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_CURSOR_INVALID: {
    message: 'The cursor is not one that this list gave out: {reason}.',
    fix: 'Begin again without a cursor, and pass on each "next" unchanged, with the same order.',
    status: 400,
  },
} as const;

/** Makes the SDK's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
