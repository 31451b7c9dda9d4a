import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors of conditions, whatever evaluates them. A code is never reused. */
export const errorTable = {
  AF_CONDITION_INVALID: {
    message: 'The {evaluator} condition is wrong at line {line}, column {column}{where}: {problem}.',
    fix: '{mend}',
    status: 400,
  },
  AF_CONDITION_FAILED: {
    message: 'The condition "{source}" could not be decided: {reason}.',
    fix: '{mend}',
  },
  AF_CONDITION_LIMIT: {
    message: 'The condition "{source}" was stopped: {reason}.',
    fix: 'Make it look at less: shorter lists and texts, fewer lists within lists, a simpler pattern.',
  },
  AF_CONDITION_UNKNOWN_EVALUATOR: {
    message: 'No evaluator of conditions is named "{name}". There are: {known}.',
    fix: 'Name one that is there, or add the plugin that brings it to "plugins": "cel" comes with @agent-factory/plugin-routing-expression.',
    status: 400,
  },
  AF_CONDITION_SERVICE_MISSING: {
    message: 'The {evaluator} condition needs {service}, and here is none.',
    fix: 'Use it where the runtime decides (routers, workflows), with a plugin that offers {service}.',
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const conditionErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
