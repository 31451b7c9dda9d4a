import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_TOOLS_OPENAPI_DOCUMENT_UNREADABLE: {
    message: 'The document cannot be read: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_TOOLS_OPENAPI_INVALID: {
    message: 'The registration makes no tools: {problems}.',
    fix: 'Register it anew with what is named mended.',
    status: 400,
  },
  AF_TOOLS_OPENAPI_INPUT: {
    message: 'The input of "{tool}" makes no request: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_TOOLS_OPENAPI_REFUSED: {
    message: 'The server of "{tool}" answered with status {status}: {text}',
    fix: '{mend}',
    status: 502,
  },
  AF_TOOLS_OPENAPI_BUSY: {
    message: 'The server of "{tool}" answered with status {status}: {text}',
    fix: 'Try again later{later}.',
    status: 503,
    retryable: true,
  },
  AF_TOOLS_OPENAPI_ANSWER: {
    message: 'The answer of "{tool}" cannot be used: {reason}.',
    fix: '{mend}',
    status: 502,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
