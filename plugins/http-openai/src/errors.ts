import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. What OpenAI's clients ask again by themselves (409, 5xx) is kept for what may pass. */
export const errorTable = {
  AF_OPENAI_MODEL_UNKNOWN: {
    message: 'There is no agent, router or workflow "{model}" here.',
    fix: 'See GET /v1/models; routers are named routers/<name>, workflows workflows/<name>.',
    status: 404,
  },
  AF_OPENAI_UNSUPPORTED: {
    message: '{what} cannot be asked for here: {reason}.',
    fix: 'Leave it out; what an agent does is said by its definition.',
    status: 400,
  },
  AF_OPENAI_MESSAGES: {
    message: 'The conversation cannot be gone on with: {reason}.',
    fix: 'End it with a message of the user, or with the results of the calls that were asked for last.',
    status: 400,
  },
  AF_OPENAI_CALL_UNKNOWN: {
    message: 'No run of yours waits for the result of the call "{call}".',
    fix: 'Send the id of a tool call as it came, once; a run that has ended is begun again from the whole conversation.',
    status: 400,
  },
  AF_OPENAI_RESPONSE_UNKNOWN: {
    message: 'There is no response "{response}" of yours that could be gone on with.',
    fix: 'Send the whole conversation as "input", and leave "previous_response_id" out.',
    status: 404,
  },
  AF_OPENAI_WAITS: {
    message: 'The run {run} waits for somebody: {detail}',
    fix: 'Answer it by /api/v1/runs/{run}, and ask there for what it says in the end.',
    status: 422,
  },
  AF_OPENAI_RUN_FAILED: {
    message: 'The run {run} did not end well: {code}: {reason}',
    fix: '{mend}',
    status: 422,
  },
  AF_OPENAI_RUN_CANCELLED: {
    message: 'The run {run} was cancelled.',
    fix: 'Ask again if the answer is still wanted.',
    status: 422,
  },
  AF_OPENAI_RUN_BROKE: {
    message: 'The run {run} broke off, and may do better: {code}: {reason}',
    fix: '{mend}',
    status: 503,
    retryable: true,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
