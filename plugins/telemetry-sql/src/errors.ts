import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_TELEMETRY_RANGE_INVALID: {
    message: 'Telemetry cannot be given for this time: {reason}.',
    fix: 'Set "from" before "to", no more than {days} days apart by the {by}.',
    status: 400,
  },
  AF_TELEMETRY_TOO_MUCH: {
    message: 'There are more than {most} rows of telemetry for this question.',
    fix: 'Ask for a shorter time, for days in place of hours, or group by less.',
    status: 400,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
