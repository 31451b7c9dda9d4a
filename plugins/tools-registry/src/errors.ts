import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_TOOLS_REGISTRY_INVALID: {
    message: 'The registration "{name}" has {count} problem(s):\n{list}',
    fix: 'Mend each line named; nothing was registered.',
    status: 400,
  },
  AF_TOOLS_REGISTRY_KIND_UNKNOWN: {
    message: 'There is no kind of tools named "{kind}".',
    fix: 'There are: {known}. A plugin such as @agent-factory/plugin-tools-openapi adds some.',
    status: 400,
  },
  AF_TOOLS_REGISTRY_NAME_TAKEN: {
    message: 'The name "{name}" is taken by {owner}.',
    fix: 'Register it under another name, or give its tools other names.',
    status: 409,
  },
  AF_TOOLS_REGISTRY_FULL: {
    message: 'There are {max} registrations, and no more may be made.',
    fix: 'Remove those that are not used, or have the operator raise "maxRegistrations".',
    status: 409,
  },
  AF_TOOLS_REGISTRY_UNKNOWN: {
    message: 'There is no registration named "{name}".',
    fix: 'There are: {known}.',
    status: 404,
  },
  AF_TOOLS_REGISTRY_TOOL_UNKNOWN: {
    message: 'There is no tool named "{tool}".',
    fix: 'There are: {known}.',
    status: 404,
  },
  AF_TOOLS_REGISTRY_TEST_INPUT: {
    message: 'The input does not fit the tool "{tool}": {problems}.',
    fix: 'Give an input that fits its schema.',
    status: 400,
  },
  AF_TOOLS_REGISTRY_TEST_OUTPUT: {
    message: 'The tool "{tool}" answered what its schema forbids: {problems}.',
    fix: 'Mend the tool, or register it with another output schema.',
    status: 502,
  },
  AF_TOOLS_REGISTRY_TEST_TIMEOUT: {
    message: 'The tool "{tool}" did not answer within {ms} ms.',
    fix: 'Try again later, or register it with more time.',
    status: 504,
    retryable: true,
  },
  AF_TOOLS_REGISTRY_TEST_FAILED: {
    message: 'The tool "{tool}" failed: {reason}.',
    fix: 'Look into the log of the plugin it comes from.',
    status: 502,
  },
  AF_TOOLS_REGISTRY_TEST_WRITES: {
    message: 'The tool "{tool}" changes the world ({effect}) and was not called.',
    fix: 'Confirm that this is meant: "confirm": true, or --yes on the command line.',
    status: 409,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
