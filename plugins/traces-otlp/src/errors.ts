import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_TRACES_URL_INVALID: {
    message:
      'Traces cannot be sent to "{url}": it is no address of HTTP without a name and a password in it.',
    fix: 'Set "url" of traces-otlp to the whole address, http://collector:4318/v1/traces; what proves who sends goes under "headers".',
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
