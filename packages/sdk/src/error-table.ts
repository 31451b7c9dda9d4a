import { defineErrors, type ErrorFactories } from './errors.ts';

/** Every error the SDK itself raises. A code is never reused. */
export const errorTable = {
  AF_JSON_INVALID: {
    message: 'The value at "{path}" cannot be written as canonical JSON: {reason}.',
    fix: 'Give plain JSON: finite numbers, well-formed strings, arrays and plain objects without undefined.',
  },
  AF_RUN_EVENT_GAP: {
    message: 'Event {seq} of run {run} does not follow event {last}.',
    fix: 'Apply every event of one run, once, in the order of their numbers.',
  },
  AF_RUN_EVENT_IMPOSSIBLE: {
    message: 'Event {seq} ({type}) cannot happen to run {run}: {reason}.',
    fix: 'Look at the events before it; the journal was not written by this platform, or was changed.',
  },
} as const;

/** Makes the SDK's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
