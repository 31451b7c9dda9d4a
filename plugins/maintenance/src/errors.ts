import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of the maintenance. A code is never reused. */
export const errorTable = {
  AF_MAINTENANCE_TASK_UNKNOWN: {
    message: 'There is no maintenance task "{task}".',
    fix: 'There are: {known}.',
    status: 404,
  },
  AF_MAINTENANCE_TASK_TWICE: {
    message: 'The maintenance task "{task}" is contributed by two plugins: {first} and {second}.',
    fix: 'Take one of the two out of the configuration.',
  },
  AF_MAINTENANCE_TASK_BUSY: {
    message: 'The maintenance task "{task}" is being done by another process.',
    fix: 'Wait until it is done.',
    status: 409,
    retryable: true,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
