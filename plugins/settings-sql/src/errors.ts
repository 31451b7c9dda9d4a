import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_SETTING_UNKNOWN: {
    message: 'There is no setting "{name}".',
    fix: '{mend}',
    status: 404,
  },
  AF_SETTING_INVALID: {
    message: 'The setting "{name}" cannot have this value: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_SETTING_OF_PLATFORM: {
    message: 'The setting "{name}" is set by the administrator of the platform alone.',
    fix: 'Ask them to set it for the tenant.',
    status: 403,
  },
  AF_SETTING_DECLARATION_INVALID: {
    message: 'A plugin declares the setting "{name}", which cannot be: {reason}.',
    fix: '{mend}',
    status: 500,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
