import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Errors of what writes files to start from. A code is never reused. */
export const errorTable = {
  AF_CREATE_FILE_EXISTS: {
    message: '{file} exists already; nothing was written.',
    fix: 'Choose another folder, or add --force to write over files.',
  },
  AF_CREATE_FOLDER_UNUSABLE: {
    message: '{folder} cannot be written to: {reason}.',
    fix: 'Choose another folder, or mend what is in the way.',
  },
  AF_CREATE_NAME_INVALID: {
    message: '"{name}" cannot be the name of a plugin: {reason}.',
    fix: 'Use lower-case letters, digits and dashes, a letter first, such as my-weather; a scope goes in front: @you/my-weather.',
  },
  AF_CREATE_OPTIONS_INVALID: {
    message: 'This cannot be done: {reason}.',
    fix: 'Usage: npm create @agent-factory/plugin <folder> -- [--template <{templates}>] [--name <@scope/name>] [--javascript] [--force]',
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
