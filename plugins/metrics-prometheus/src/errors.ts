import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_METRICS_UNPROTECTED: {
    message:
      'Metrics are not served on {host} without a token: whoever reaches that address could read them.',
    fix: 'Set "token" of metrics-prometheus to a secret, or "host" to 127.0.0.1.',
  },
  AF_METRICS_LISTEN: {
    message: 'Metrics cannot be served on {host}:{port}: {reason}.',
    fix: 'Set another "port" of metrics-prometheus, or stop what listens there.',
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
