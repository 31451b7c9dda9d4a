import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** What can go wrong with the prompt log. */
export const errorTable = {
  AF_PROMPT_LOG_UNKNOWN: {
    message: 'There is no entry "{id}" in the prompt log.',
    fix: 'Take an id from the list; entries go when their time is over.',
    status: 404,
  },
  AF_PROMPT_LOG_QUERY_INVALID: {
    message: 'The prompt log cannot be searched like this: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_PROMPT_LOG_PATTERN_INVALID: {
    message: 'The pattern "{pattern}" in redact/patterns is no regular expression: {reason}.',
    fix: 'Write it in the syntax of RE2, without look-around and back references.',
  },
  AF_PROMPT_LOG_RUN_UNKNOWN: {
    message: 'There is no run "{run}".',
    fix: 'Check the id; a run whose time is over is gone.',
    status: 404,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
