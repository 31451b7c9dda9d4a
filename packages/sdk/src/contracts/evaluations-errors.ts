import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors around evaluations. A code is never reused. */
export const errorTable = {
  AF_EVALUATION_SUITE_UNKNOWN: {
    message: 'There is no evaluation suite named "{name}".',
    fix: 'There are: {known}. Install the blueprint that brings it, or put it.',
    status: 404,
  },
  AF_EVALUATION_SUITE_INVALID: {
    message: 'The evaluation suite "{name}" has {count} problem(s) here:\n{list}',
    fix: 'Mend each place named; nothing was kept or started.',
    status: 400,
  },
  AF_EVALUATION_SUITE_FIXED: {
    message: 'The evaluation suite "{name}" comes from the blueprint "{blueprint}", which alone changes it.',
    fix: 'Use another name, or change the blueprint.',
    status: 409,
  },
  AF_EVALUATION_SUITE_AMBIGUOUS: {
    message: 'The evaluation suite "{name}" comes from several places: {places}.',
    fix: 'Remove it from all but one of them: a name comes from one place.',
    status: 409,
  },
  AF_EVALUATION_INVALID: {
    message: 'The evaluation of "{suite}" was not started: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_EVALUATION_UNKNOWN: {
    message: 'There is no evaluation "{id}".',
    fix: 'List the evaluations to see which there are.',
    status: 404,
  },
  AF_EVALUATION_QUERY_INVALID: {
    message: 'Evaluations cannot be listed like that: {reason}.',
    fix: 'Ask for 1 to 200, after the `next` of the page before.',
    status: 400,
  },
  AF_EVALUATION_RUNNING: {
    message: 'The evaluation "{id}" has not ended.',
    fix: 'Wait for its end, or cancel it, and compare then.',
    status: 409,
    retryable: true,
  },
  AF_EVALUATIONS_DIFFER: {
    message: 'Evaluations of "{one}" and of "{other}" cannot be compared.',
    fix: 'Name two evaluations of one suite.',
    status: 400,
  },
  AF_EVALUATION_FAILED: {
    message: 'The evaluation could not go on: {reason}.',
    fix: 'See the reason, mend it and start another one; what was judged is kept.',
  },
  AF_EVALUATION_CASE_TIMED_OUT: {
    message: 'The run had not ended {ms} ms after it began, and was cancelled.',
    fix: 'Make what is evaluated quicker, or raise caseTimeoutMs of the plugin evaluations.',
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const evaluationErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
